"""Staff plan slots, sessions and items, through HTTP."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mall.flashsale.planning.rules import slots_overlap
from mall.kernel.clock import SHOP_ZONE
from mall.kernel.db import db
from mall.staff.models import AuditEntry
from tests.support.catalog import make_sku
from tests.support.flashsale import item_terms, session_terms, soon
from tests.support.http import Http, error_code
from tests.support.inventory import stock
from tests.support.staff import make_staff

SLOTS, SESSIONS = "/admin/api/v1/flash-slots", "/admin/api/v1/flash-sessions"
TEN = {"name": "十点场", "starts_minute": 600, "lasts_min": 120}


@pytest.fixture
def staff(app: Flask, http: Http) -> Http:
    return http.as_(make_staff("flash:read", "flash:write"))


def actions() -> list[str]:
    found = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    db.session.rollback()
    return list(found)


def made(staff: Http, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = staff.post(path, body)
    assert answer.status_code == 201, answer.get_json()
    shown: dict[str, Any] = answer.get_json()
    return shown


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, error_code(answer)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ((600, 120), (720, 60), False),
        ((600, 121), (720, 60), True),
        ((600, 60), (600, 60), True),
        ((1380, 120), (0, 30), True),
        ((1380, 120), (60, 30), False),
        ((0, 1440), (1000, 1), True),
    ],
)
def test_daily_times_meet(one: tuple[int, int], other: tuple[int, int], meet: bool) -> None:
    assert slots_overlap(*one, *other) is meet
    assert slots_overlap(*other, *one) is meet


def test_slots(staff: Http) -> None:
    slot = made(staff, SLOTS, TEN)
    assert refusal(staff.post(SLOTS, {**TEN, "starts_minute": 700})) == (409, "flash_slots_overlap")
    off = made(staff, SLOTS, {**TEN, "starts_minute": 700, "enabled": False})
    path = f"{SLOTS}/{off['id']}"
    assert refusal(staff.put(path, {**TEN, "starts_minute": 700})) == (409, "flash_slots_overlap")
    assert staff.put(path, {**TEN, "starts_minute": 720}).get_json()["starts_minute"] == 720
    listed = staff.get(SLOTS).get_json()["items"]
    assert [one["starts_minute"] for one in listed] == [600, 720]
    assert staff.delete(path).status_code == 204
    assert refusal(staff.delete(path)) == (404, "flash_slot_not_found")
    tomorrow = soon(days=1).astimezone(SHOP_ZONE).date()
    body = {"name": "场", "slot_id": slot["id"], "day": tomorrow.isoformat()}
    session = made(staff, SESSIONS, body)
    assert session["starts_at"].startswith(f"{tomorrow.isoformat()}T02:00")
    assert session["slot_name"] == "十点场"
    assert refusal(staff.post(SESSIONS, body)) == (409, "flash_slot_taken")
    taken = f"{SLOTS}/{slot['id']}"
    assert refusal(staff.put(taken, {**TEN, "lasts_min": 60})) == (409, "flash_slot_in_use")
    assert staff.put(taken, {**TEN, "name": "早场"}).status_code == 200
    assert refusal(staff.delete(taken)) == (409, "flash_slot_in_use")


def test_more_than_the_shop_has_isnt_announced(staff: Http, http: Http) -> None:
    session = made(staff, SESSIONS, session_terms())
    path = f"{SESSIONS}/{session['id']}"
    sku_id = stock(make_sku(price_fen=19_900), 20)
    item = made(staff, f"{path}/items", item_terms(sku_id, stock=2_000))
    refused = staff.put(f"{path}/readiness", {"ready": True})
    assert refusal(refused) == (409, "flash_stock_short")
    assert "可售仅 20 件" in refused.get_json()["error"]["message"]
    assert staff.get(path).get_json()["ready"] is False
    one = f"/admin/api/v1/flash-items/{item['id']}"
    assert staff.put(one, item_terms(sku_id, stock=20)).status_code == 200
    assert staff.put(f"{path}/readiness", {"ready": True}).status_code == 200
    assert refusal(staff.put(one, item_terms(sku_id, stock=21))) == (409, "flash_stock_short")
    more = item_terms(stock(make_sku(price_fen=19_900), 1), stock=2)
    assert refusal(staff.post(f"{path}/items", more)) == (409, "flash_stock_short")


def test_life_of_a_draft(staff: Http) -> None:
    session = made(staff, SESSIONS, session_terms(limit_per_user=3))
    path = f"{SESSIONS}/{session['id']}"
    assert (session["state"], session["ready"], session["items"]) == ("draft", False, 0)
    sku_id = stock(make_sku(price_fen=19_900), 20)
    item = made(staff, f"{path}/items", item_terms(sku_id))
    assert (item["left"], item["usual_price_fen"]) == (10, 19_900)
    again = staff.post(f"{path}/items", item_terms(sku_id))
    assert refusal(again) == (409, "flash_item_twice")
    one = f"/admin/api/v1/flash-items/{item['id']}"
    changed = staff.put(one, item_terms(sku_id, stock=20, position=2))
    assert (changed.get_json()["stock"], changed.get_json()["position"]) == (20, 2)
    later = session_terms(
        name="晚场", starts_at=soon(hours=2).isoformat(), ends_at=soon(hours=3).isoformat()
    )
    assert staff.put(path, later).get_json()["name"] == "晚场"
    assert staff.put(f"{path}/readiness", {"ready": True}).get_json()["ready"] is True
    assert staff.put(f"{path}/readiness", {"ready": True}).status_code == 200
    assert [one["id"] for one in staff.get(SESSIONS, state="draft").get_json()["items"]] == [
        session["id"]
    ]
    assert staff.get(SESSIONS, state="armed").get_json()["items"] == []
    for announced in (one, path):  # shoppers see it: nothing of it goes away
        assert refusal(staff.delete(announced)) == (409, "flash_session_not_draft")
    assert staff.put(f"{path}/readiness", {"ready": False}).status_code == 200
    assert staff.delete(one).status_code == 204
    assert staff.get(f"{path}/items").get_json() == {"items": []}
    assert staff.delete(path).status_code == 204
    assert refusal(staff.get(path)) == (404, "flash_session_not_found")
    assert refusal(staff.delete(one)) == (404, "flash_item_not_found")
    assert actions() == [
        "flash_session.create",
        "flash_item.create",
        "flash_item.update",
        "flash_session.update",
        "flash_session.ready",
        "flash_session.ready",
        "flash_item.delete",
        "flash_session.delete",
    ]


def test_a_sku_is_in_one_sale_at_a_time(staff: Http) -> None:
    sku_id = make_sku(price_fen=19_900)
    first = made(staff, SESSIONS, session_terms())
    made(staff, f"{SESSIONS}/{first['id']}/items", item_terms(sku_id))
    second = made(staff, SESSIONS, session_terms())
    meets = staff.post(f"{SESSIONS}/{second['id']}/items", item_terms(sku_id))
    assert refusal(meets) == (409, "flash_sessions_overlap")
    after = session_terms(starts_at=first["ends_at"], ends_at=soon(hours=2).isoformat())
    assert staff.put(f"{SESSIONS}/{second['id']}", after).status_code == 200
    made(staff, f"{SESSIONS}/{second['id']}/items", item_terms(sku_id))
    back = staff.put(f"{SESSIONS}/{second['id']}", session_terms())
    assert refusal(back) == (409, "flash_sessions_overlap")
    shown = staff.get(f"{SESSIONS}/{second['id']}").get_json()
    assert shown["starts_at"] == first["ends_at"]


def test_the_same_on_another_day(staff: Http) -> None:
    slot = made(staff, SLOTS, TEN)
    day = soon(days=1).astimezone(SHOP_ZONE).date()
    first = made(staff, SESSIONS, {"name": "场", "slot_id": slot["id"], "day": day.isoformat()})
    sku_id = make_sku(price_fen=19_900)
    made(staff, f"{SESSIONS}/{first['id']}/items", item_terms(sku_id, contents="两件"))
    copies = f"{SESSIONS}/{first['id']}/copies"
    assert refusal(staff.post(copies, {"day": day.isoformat()})) == (409, "flash_slot_taken")
    later = made(staff, copies, {"day": (day + timedelta(days=2)).isoformat()})
    assert (later["state"], later["items"], later["slot_id"]) == ("draft", 1, slot["id"])
    starts = [datetime.fromisoformat(one["starts_at"]) for one in (first, later)]
    assert starts[1] - starts[0] == timedelta(days=2)
    (item,) = staff.get(f"{SESSIONS}/{later['id']}/items").get_json()["items"]
    assert (item["sku_id"], item["contents"], item["sold"]) == (str(sku_id), "两件", 0)
    free = made(staff, SESSIONS, session_terms())
    moved = made(staff, f"{SESSIONS}/{free['id']}/copies", {"day": day.isoformat()})
    window = [datetime.fromisoformat(one["ends_at"]) for one in (free, moved)]
    assert window[1] - window[0] == timedelta(days=1)
    meets = made(staff, SESSIONS, session_terms(
        starts_at=later["starts_at"], ends_at=later["ends_at"]))  # fmt: skip
    taken = staff.post(f"{SESSIONS}/{meets['id']}/items", item_terms(sku_id))
    assert refusal(taken) == (409, "flash_sessions_overlap")
    yesterday = staff.post(copies, {"day": (day - timedelta(days=2)).isoformat()})
    assert refusal(yesterday) == (409, "flash_session_over")
    assert "flash_session.copy" in actions()


@pytest.mark.parametrize(
    ("terms", "item", "code"),
    [
        ({}, {"price_fen": 19_900}, "flash_price_not_lower"),
        ({}, {"sku_id": "99999999"}, "flash_sku_unknown"),
        ({"kind": "lucky_bag"}, {}, "flash_contents_missing"),
        ({"kind": "lucky_bag"}, {"contents": "三件之一", "price_fen": 19_901},
         "flash_price_not_lower"),
        ({"kind": "first_order"}, {"limit_per_user": 1}, "flash_first_order_terms"),
        ({"kind": "first_order"}, {"audience": "new_customers"}, "flash_first_order_terms"),
        ({"limit_per_user": 3}, {"splits": 2}, "flash_split_with_session_limit"),
    ],
)  # fmt: skip
def test_items_that_dont_fit(
    staff: Http, terms: dict[str, Any], item: dict[str, Any], code: str
) -> None:
    session = made(staff, SESSIONS, session_terms(**terms))
    body = {**item_terms(make_sku(price_fen=19_900)), **item}
    assert refusal(staff.post(f"{SESSIONS}/{session['id']}/items", body)) == (422, code)
    assert staff.get(f"{SESSIONS}/{session['id']}/items").get_json()["items"] == []


def test_kinds(staff: Http) -> None:
    bag = made(staff, SESSIONS, session_terms(kind="lucky_bag"))
    full = item_terms(make_sku(price_fen=9_901), contents="茶、糖、杯三选一，各三分之一")
    made(staff, f"{SESSIONS}/{bag['id']}/items", full)
    first = made(staff, SESSIONS, session_terms(kind="first_order"))
    assert first["limit_per_user"] == 1
    yuan = item_terms(make_sku(price_fen=900), price_fen=100, limit_per_user=1,
                      audience="new_customers")  # fmt: skip
    made(staff, f"{SESSIONS}/{first['id']}/items", yuan)
    second = staff.post(SESSIONS, session_terms(kind="first_order"))
    assert refusal(second) == (409, "flash_first_orders_overlap")
    turned = staff.put(f"{SESSIONS}/{bag['id']}", session_terms(kind="first_order"))
    assert refusal(turned) == (422, "flash_first_order_terms")
    two = staff.post(SESSIONS, session_terms(kind="first_order", limit_per_user=2))
    assert refusal(two) == (422, "flash_first_order_terms")


def test_times_that_dont_fit(staff: Http) -> None:
    over = session_terms(starts_at=soon(hours=-2).isoformat(), ends_at=soon(hours=-1).isoformat())
    assert refusal(staff.post(SESSIONS, over)) == (409, "flash_session_over")
    long = session_terms(ends_at=soon(days=32).isoformat())
    assert refusal(staff.post(SESSIONS, long)) == (422, "flash_session_too_long")
    day = (soon(days=1) + timedelta()).date().isoformat()
    for body in (
        session_terms(slot_id="1"),
        session_terms(day=day),
        {"name": "场", "slot_id": "1"},
        {"name": "场"},
        session_terms(ends_at=None),
        session_terms(ends_at=soon(hours=-5).isoformat()),
    ):
        assert staff.post(SESSIONS, body).status_code == 422, body
    nowhere = staff.post(SESSIONS, {"name": "场", "slot_id": "77", "day": day})
    assert refusal(nowhere) == (404, "flash_slot_not_found")


def test_permissions(app: Flask, http: Http) -> None:
    reader = http.as_(make_staff("flash:read"))
    assert reader.get(SESSIONS).status_code == 200
    assert reader.post(SESSIONS, session_terms()).status_code == 403
    assert http.as_(make_staff("coupon:read")).get(SESSIONS).status_code == 403
