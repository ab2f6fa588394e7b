"""The staff's list of shoppers: filters, pages, masked phones, the trail."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from mall.kernel.db import db, transaction
from mall.staff.models import AuditEntry
from mall.users.listing import ShopperFilter
from mall.users.models import User
from tests.support.catalog import make_sku
from tests.support.http import Http, error_code
from tests.support.inventory import stock
from tests.support.orders import buy, make_buyer, pay
from tests.support.staff import make_staff
from tests.support.users import make_shopper

SHOPPERS = "/admin/api/v1/shoppers"


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("shopper:read", "shopper:phone", "shopper:write", username="li"))


def found(staff: Http, **query: Any) -> list[int]:
    reply = staff.get(SHOPPERS, **query)
    assert reply.status_code == 200, reply.text
    return [int(item["id"]) for item in reply.get_json()["items"]]


def set_times(user_id: int, **moments: str) -> None:
    with transaction() as session:
        for column, moment in moments.items():
            session.execute(
                text(f"UPDATE users SET {column} = :moment WHERE id = :id"),
                {"moment": moment, "id": user_id},
            )


def test_filters_and_pages(staff: Http) -> None:
    one, two, three = (make_shopper(nickname=name)[0] for name in ("小花", "小草", "大树"))
    set_times(one, created_at="2026-01-01T00:00:00Z", last_seen_at="2026-02-01T00:00:00Z")
    assert found(staff) == [three, two, one]
    assert found(staff, nickname="小") == [two, one]
    assert found(staff, nickname="%") == []
    assert found(staff, registered_to="2026-01-01T00:00:01Z") == [one]
    assert found(staff, registered_from="2026-01-01T00:00:01Z") == [three, two]
    assert found(staff, seen_to="2026-02-01T00:00:01Z", nickname="小花") == [one]
    assert found(staff, seen_from="2026-02-01T00:00:01Z") == [three, two]
    staff.put(f"{SHOPPERS}/{two}/block", {"reason": "刷单"})
    assert found(staff, status="blocked") == [two]
    assert found(staff, status="active") == [three, one]
    first = staff.get(SHOPPERS, limit=2).get_json()
    assert found(staff, limit=2, cursor=first["next_cursor"]) == [one]


def test_what_orders_tell(app: Flask, staff: Http) -> None:
    sku_id = stock(make_sku(1000), 9)
    buyer, looker, newcomer = make_buyer(), make_buyer(), make_shopper()[0]
    pay(buy(buyer, {sku_id: 2}))
    buy(buyer, {sku_id: 1})
    buy(looker, {sku_id: 1})
    items = staff.get(SHOPPERS).get_json()["items"]
    paid = [item["figures"]["paid_fen"] for item in items]
    nothing = dict.fromkeys(("paid_orders", "bought_orders", "settled_orders", "refunded_fen"), 0)
    assert [{name: item["figures"][name] for name in (*nothing, "orders")} for item in items] == [
        {**nothing, "orders": 0},
        {**nothing, "orders": 1},
        {**nothing, "orders": 2, "paid_orders": 1, "bought_orders": 1},
    ]
    assert paid[:2] == [0, 0]
    assert paid[2] >= 2000
    assert found(staff, having="paid_orders") == [buyer.user_id]
    assert found(staff, lacking="paid_orders") == [newcomer, looker.user_id]
    assert found(staff, having="orders", lacking="paid_orders") == [looker.user_id]
    refused = staff.get(SHOPPERS, having="nonsense")
    assert (refused.status_code, error_code(refused)) == (422, "validation_failed")


def test_phones_are_masked_and_opening_one_is_on_record(http: Http, staff: Http) -> None:
    user_id, _ = make_shopper(phone="13812345678", openid="o-secret")
    listed = staff.get(SHOPPERS)
    assert listed.get_json()["items"][0]["phone"] == "138****5678"
    assert "o-secret" not in listed.text
    reader = http.as_(make_staff("shopper:read"))
    assert reader.get(f"{SHOPPERS}/{user_id}/phone").status_code == 403
    assert staff.get(f"{SHOPPERS}/{user_id}/phone").get_json() == {"phone": "13812345678"}
    unknown, _ = make_shopper()
    assert staff.get(f"{SHOPPERS}/{unknown}/phone").get_json() == {"phone": None}
    trail = db.session.execute(
        select(AuditEntry.actor, AuditEntry.action, AuditEntry.target_id).order_by(AuditEntry.id)
    ).all()
    assert trail[:2] == [
        ("li", "shopper.list", str(user_id)),
        ("li", "shopper.open_phone", str(user_id)),
    ]


def test_a_login_and_use_move_last_seen_on(http: Http) -> None:
    user_id, token = make_shopper()
    set_times(user_id, last_seen_at="2026-01-01T00:00:00Z")
    http.as_(token).get("/api/v1/me")
    seen = select(User.last_seen_at < text("now() - interval '1 hour'")).where(User.id == user_id)
    assert db.session.scalar(seen)  # a fresh token isn't slid
    db.session.execute(text("UPDATE user_tokens SET expires_at = expires_at - interval '1 day'"))
    db.session.commit()
    http.as_(token).get("/api/v1/me")
    assert not db.session.scalar(seen)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (ShopperFilter(nickname="小"), "ix_users_nickname"),
        (ShopperFilter(status="blocked"), "ix_users_blocked"),
        (ShopperFilter(registered_to="2000-01-01"), "ix_users_created_at"),  # type: ignore[arg-type]
        (ShopperFilter(seen_to="2000-01-01"), "ix_users_last_seen_at"),  # type: ignore[arg-type]
    ],
)
def test_a_rare_answer_is_found_by_its_index(app: Flask, query: ShopperFilter, index: str) -> None:
    with transaction() as session:
        session.execute(
            text(
                "INSERT INTO users (appid, openid, nickname, created_at, last_seen_at)"
                " SELECT 'wx', 'o' || n, 'n' || n, now() - n * interval '1 minute', now()"
                " FROM generate_series(1, 3000) n"
            )
        )
    db.session.execute(text("ANALYZE users"))
    statement = select(User.id).where(*query.clauses()).order_by(User.id.desc()).limit(21)
    sql = str(statement.compile(db.engine, compile_kwargs={"literal_binds": True}))
    plan = "\n".join(db.session.scalars(text(f"EXPLAIN {sql}".replace(":", "\\:"))))
    assert index in plan
