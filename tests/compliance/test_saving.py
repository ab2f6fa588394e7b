"""Coupons, flash sales, reward rules and check-in plans are reviewed when they are saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from tests.support import coupons, flashsale
from tests.support.catalog import make_sku
from tests.support.http import Http, error_code
from tests.support.missions import card_rule
from tests.support.staff import make_staff

ADMIN = "/admin/api/v1"
VERDICTS = f"{ADMIN}/compliance/verdicts"
CLAIM = "销量第一"
"""Rules warn of it."""
FORBIDDEN = "国家级"
"""Rules refuse it."""


@pytest.fixture
def staff(app: Flask, http: Http) -> Http:
    resources = ("coupon", "flash", "reward", "checkin")
    allowed = [f"{one}:{verb}" for one in resources for verb in ("read", "write")]
    return http.as_(make_staff(*allowed, "compliance:read"))


def coupon(name: str) -> dict[str, Any]:
    return coupons.terms(name=name)


def flash_session(name: str) -> dict[str, Any]:
    return flashsale.session_terms(name=name)


def reward_rule(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "reward": [{"kind": "makeup_card", "count": 1}], **more}


def check_in_plan(name: str) -> dict[str, Any]:
    rewards = [{"kind": "daily", "rule_id": str(card_rule())}]
    return {"name": name, "days": 7, "rewards": rewards, "replaces": 0}


SAVED: list[tuple[str, str, Callable[[str], dict[str, Any]]]] = [
    ("coupon_template", f"{ADMIN}/coupon-templates", coupon),
    ("flash_session", f"{ADMIN}/flash-sessions", flash_session),
    ("reward_rule", f"{ADMIN}/reward-rules", reward_rule),
    ("check_in_plan", f"{ADMIN}/check-in-plans", check_in_plan),
]


def verdicts(staff: Http, kind: str, name: str = "") -> list[dict[str, Any]]:
    """Verdicts of a kind, newest first; with a name only of versions of that name."""
    found = staff.get(f"{VERDICTS}?kind={kind}").get_json()["items"]
    return [one for one in found if one["snapshot"]["name"] == name or not name]


@pytest.mark.parametrize(("kind", "path", "terms"), SAVED, ids=[row[0] for row in SAVED])
def test_what_is_saved_is_reviewed(
    staff: Http, kind: str, path: str, terms: Callable[[str], dict[str, Any]]
) -> None:
    refused = staff.post(path, {**terms(FORBIDDEN), "accept_warnings": True})
    assert (refused.status_code, error_code(refused)) == (422, "campaign_refused")
    body = terms(CLAIM)
    warned = staff.post(path, body)
    assert (warned.status_code, error_code(warned)) == (409, "campaign_warned")
    assert verdicts(staff, kind, CLAIM) == verdicts(staff, kind, FORBIDDEN) == []
    made = staff.post(path, {**body, "accept_warnings": True})
    assert made.status_code == 201, made.get_json()
    assert "accept_warnings" not in made.get_json()
    (verdict,) = verdicts(staff, kind, CLAIM)
    assert (verdict["version"], verdict["result"]) == (1, "warned")
    assert verdict["staff"]


@pytest.mark.parametrize(("kind", "path", "terms"), SAVED[:3], ids=[row[0] for row in SAVED[:3]])
def test_each_change_is_a_version(
    staff: Http, kind: str, path: str, terms: Callable[[str], dict[str, Any]]
) -> None:
    made = staff.post(path, terms("秋季")).get_json()
    one = f"{path}/{made['id']}"
    assert staff.put(one, terms(FORBIDDEN)).status_code == 422
    assert error_code(staff.put(one, terms(CLAIM))) == "campaign_warned"
    assert staff.get(one).get_json()["version"] == 1
    changed = staff.put(one, {**terms(CLAIM), "accept_warnings": True})
    assert changed.get_json()["version"] == 2, changed.get_json()
    found = [row for row in verdicts(staff, kind) if row["ref"] == made["id"]]
    assert [(row["version"], row["result"]) for row in found] == [(2, "warned"), (1, "passed")]


@pytest.mark.parametrize(("kind", "path", "terms"), SAVED[::2], ids=["coupon", "reward"])
def test_what_rules_object_to_can_be_ended(
    staff: Http, kind: str, path: str, terms: Callable[[str], dict[str, Any]]
) -> None:
    made = staff.post(path, terms("秋季")).get_json()
    body = {**terms(FORBIDDEN), "enabled": False}
    assert staff.put(f"{path}/{made['id']}", body).status_code == 200
    assert verdicts(staff, kind, FORBIDDEN)[0]["result"] == "refused"
    again = staff.put(f"{path}/{made['id']}", {**body, "enabled": True})
    assert error_code(again) == "campaign_refused"


def test_items_of_a_flash_sale_are_reviewed_with_their_session(staff: Http) -> None:
    session_id = flashsale.make_session()
    items = f"{ADMIN}/flash-sessions/{session_id}/items"
    body = flashsale.item_terms(make_sku(price_fen=19_900), contents=CLAIM)
    assert error_code(staff.post(items, {**body, "contents": FORBIDDEN})) == "campaign_refused"
    assert error_code(staff.post(items, body)) == "campaign_warned"
    item = staff.post(items, {**body, "accept_warnings": True}).get_json()
    path = f"{ADMIN}/flash-items/{item['id']}"
    assert error_code(staff.put(path, {**body, "stock": 7})) == "campaign_warned"
    assert staff.put(path, {**body, "stock": 7, "contents": ""}).status_code == 200
    price = verdicts(staff, "flash_session")[0]["snapshot"]["mechanics"][0]
    assert price["usual_price_fen"] == 19_900
    assert staff.delete(path).status_code == 204
    found = verdicts(staff, "flash_session")
    assert [(row["version"], row["result"]) for row in found] == [
        (4, "passed"),
        (3, "passed"),
        (2, "warned"),
        (1, "passed"),
    ]
    assert [row["snapshot"]["quantity"] for row in found][:2] == [0, 7]


def test_a_copy_of_a_flash_sale_is_reviewed(staff: Http) -> None:
    session_id = flashsale.make_session()
    flashsale.make_item(session_id)
    with transaction() as session:
        session.execute(
            text("UPDATE flash_sessions SET name = :name WHERE id = :id"),
            {"name": CLAIM, "id": session_id},
        )
    path = f"{ADMIN}/flash-sessions/{session_id}/copies"
    assert error_code(staff.post(path, {"day": "2031-05-01"})) == "campaign_warned"
    copied = staff.post(path, {"day": "2031-05-01", "accept_warnings": True})
    assert copied.get_json()["version"] == 2, copied.get_json()


def test_a_lucky_bag_tells_its_chances(staff: Http) -> None:
    session_id = flashsale.make_session(kind="lucky_bag")
    items = f"{ADMIN}/flash-sessions/{session_id}/items"
    body = flashsale.item_terms(make_sku(price_fen=19_900), contents="茶或糖")
    assert error_code(staff.post(items, body)) == "campaign_warned"
    assert staff.post(items, {**body, "contents": "茶 30%，糖 70%"}).status_code == 201
