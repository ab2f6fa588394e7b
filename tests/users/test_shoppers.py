"""Staff look shoppers up: by the whole phone only, and never unseen."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select, text

from mall.kernel.db import db
from mall.staff.models import AuditEntry
from tests.support.http import Http, error_code
from tests.support.staff import make_staff
from tests.support.users import make_shopper

SHOPPERS = "/admin/api/v1/shoppers"
LOOKUPS = f"{SHOPPERS}/lookups"


def test_found_by_phone_and_written_down(app: Flask, http: Http) -> None:
    user_id, _ = make_shopper(phone="13812345678", nickname="阿花", openid="o-secret")
    make_shopper(phone="13812345679")
    staff = http.as_(make_staff("shopper:read", username="zhang"))
    reply = staff.post(LOOKUPS, {"phone": "+86 138 1234 5678"})
    assert reply.status_code == 200, reply.text
    (item,) = reply.get_json()["items"]
    assert (item["id"], item["phone"], item["nickname"]) == (str(user_id), "138****5678", "阿花")
    assert "o-secret" not in reply.text
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.action, entry.target_id) == ("zhang", "shopper.find", str(user_id))
    trail = db.session.scalar(text("SELECT a::text FROM audit_entries a"))
    assert "13812345678" not in str(trail)


def test_a_part_of_a_phone_finds_nobody(app: Flask, http: Http) -> None:
    make_shopper(phone="13812345678")
    staff = http.as_(make_staff("shopper:read"))
    for part in ("1381234", "13812345", "12345678"):
        assert staff.post(LOOKUPS, {"phone": part}).get_json() == {"items": []}
    assert len(db.session.scalars(select(AuditEntry)).all()) == 3
    assert staff.post(LOOKUPS, {}).status_code == 422
    assert staff.get(SHOPPERS, phone="13812345678").status_code == 422  # kept in logs: no filter


def test_only_with_the_permission(app: Flask, http: Http) -> None:
    user_id, shopper_token = make_shopper(phone="13812345678")
    other = http.as_(make_staff("order:read"))
    reader = http.as_(make_staff("shopper:read"))
    block = f"{SHOPPERS}/{user_id}/block"
    assert other.post(LOOKUPS, {"phone": "13812345678"}).status_code == 403
    assert reader.put(block, {"reason": "x"}).status_code == 403
    assert http.as_(shopper_token).post(LOOKUPS, {"phone": "13812345678"}).status_code == 401
    assert db.session.scalars(select(AuditEntry)).all() == []


def test_blocking_logs_out_and_is_undone(app: Flask, http: Http) -> None:
    user_id, token = make_shopper()
    staff = http.as_(make_staff("shopper:read", "shopper:write"))
    shopper = http.as_(token)
    block = f"{SHOPPERS}/{user_id}/block"
    for _ in range(2):
        assert staff.put(block, {"reason": "刷单"}).get_json()["blocked_at"] is not None
    assert shopper.get("/api/v1/me").status_code == 401
    assert staff.delete(block).get_json()["blocked_at"] is None
    assert shopper.get("/api/v1/me").status_code == 401  # the token is gone for good
    actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == ["shopper.block", "shopper.unblock"]
    missing = staff.put(f"{SHOPPERS}/999999/block", {"reason": "x"})
    assert (missing.status_code, error_code(missing)) == (404, "not_found")
