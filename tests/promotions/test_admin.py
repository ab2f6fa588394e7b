"""Staff's routes of promotions, through HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from mall.catalog.models import Sku
from mall.kernel.db import db, db_now, transaction
from mall.staff.models import AuditEntry
from tests.support.catalog import make_sku
from tests.support.coupons import make_coupon
from tests.support.http import Http, error_code
from tests.support.orders import buy, make_buyer, make_goods
from tests.support.promotions import let_it_start, make_promotion, promotion_of, terms
from tests.support.staff import make_staff

PATH = "/admin/api/v1/promotions"


@pytest.fixture
def staff(app: Flask, http: Http) -> Http:
    return http.as_(make_staff("promotion:read", "promotion:write", "catalog:cost"))


def tomorrow(**more: Any) -> dict[str, Any]:
    with transaction() as session:
        starts_at = db_now(session) + timedelta(days=1)
    return terms(starts_at=starts_at.isoformat(), **more)


def actions() -> list[str]:
    found = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    db.session.rollback()
    return list(found)


def test_its_life_before_it_starts(staff: Http) -> None:
    made = staff.post(PATH, tomorrow(name="秋促", exclusive_group="大促"))
    assert made.status_code == 201, made.get_json()
    shown = made.get_json()
    assert (shown["state"], shown["rule_words"]) == ("scheduled", "满 199 减 20，满 399 减 50")
    assert shown["stacking_words"] == "同一商品不与其他同类优惠同享"
    assert shown["scope"]["only"]["sku_ids"] == []
    path = f"{PATH}/{shown['id']}"
    assert staff.get(path).get_json() == shown
    changed = staff.put(path, tomorrow(rule={"percent": {"pay_bp": 8_800}}, name="冬促"))
    assert changed.status_code == 200, changed.get_json()
    assert (changed.get_json()["name"], changed.get_json()["rule_words"]) == ("冬促", "8.8 折")
    assert staff.delete(path).status_code == 204
    assert error_code(staff.get(path)) == "promotion_not_found"
    assert actions() == ["promotion.create", "promotion.update", "promotion.delete"]


def test_once_started_its_terms_stand(staff: Http) -> None:
    promotion_id = int(staff.post(PATH, tomorrow()).get_json()["id"])
    path = f"{PATH}/{promotion_id}"
    assert error_code(staff.post(f"{path}/end")) == "promotion_not_started"
    let_it_start(promotion_id)
    for refused in (staff.put(path, tomorrow()), staff.delete(path)):
        assert (refused.status_code, error_code(refused)) == (409, "promotion_started")
    assert staff.put(f"{path}/pause", {"paused": True}).get_json()["state"] == "paused"
    assert staff.put(f"{path}/pause", {"paused": True}).status_code == 200
    assert staff.put(f"{path}/pause", {"paused": False}).get_json()["state"] == "running"
    assert staff.post(f"{path}/end").get_json()["state"] == "over"
    assert staff.post(f"{path}/end").status_code == 200
    assert error_code(staff.put(f"{path}/pause", {"paused": True})) == "promotion_over"
    assert actions()[1:] == ["promotion.pause", "promotion.pause", "promotion.end"]


def test_a_spent_one_cant_go_on(staff: Http) -> None:
    promotion_id = make_promotion(max_orders=1)
    buy(make_buyer(), {make_goods(5, 20_000): 1})
    path = f"{PATH}/{promotion_id}"
    shown = staff.get(path).get_json()
    assert (shown["paused"], shown["used_fen"], shown["used_orders"]) == ("budget", 2_000, 1)
    refused = staff.put(f"{path}/pause", {"paused": False})
    assert (refused.status_code, error_code(refused)) == (409, "promotion_budget_spent")
    staff.put(f"{path}/pause", {"paused": True})
    assert promotion_of(promotion_id).paused == "staff"
    staff.put(f"{path}/pause", {"paused": False})
    assert promotion_of(promotion_id).paused == "budget", "nothing is left of it still"


STEP = {"from_fen": 100, "off_fen": 10}
BAD: list[dict[str, Any]] = [
    {},
    {"percent": {"pay_bp": 8_000}, "free_freight": {"from_fen": 1}},
    {"percent": {"pay_bp": 10_000}},
    {"percent": {"pay_bp": "8000"}},
    {"amount_off": {"steps": []}},
    {"amount_off": {"steps": [{"from_fen": 100, "off_fen": 100}]}},
    {"amount_off": {"steps": [STEP, STEP]}},
    {"amount_off": {"steps": [STEP, {"from_fen": 200, "off_fen": 5}]}},
    {"units_percent": {"steps": [{"from_units": 0, "pay_bp": 9_000}]}},
    {"units_free": {"units": 3, "free_units": 3}},
    {"fixed_prices": {"prices": [{"sku_id": "1", "price_fen": 0}]}},
    {"fixed_prices": {"prices": [{"sku_id": "1", "price_fen": 5}] * 2}},
    {"bundle": {"items": [], "price_fen": 5}},
    {"gift": {}},
]


@pytest.mark.parametrize("rule", BAD)
def test_rules_that_make_no_sense(staff: Http, rule: dict[str, Any]) -> None:
    refused = staff.post(PATH, {**terms(), "rule": rule})
    assert (refused.status_code, error_code(refused)) == (422, "validation_failed")


def test_terms_that_make_no_sense(staff: Http) -> None:
    gone = {"only": {"sku_ids": ["9223372036854775807"]}}
    assert error_code(staff.post(PATH, terms(scope=gone))) == "goods_unknown"
    price = {"fixed_prices": {"prices": [{"sku_id": "77", "price_fen": 5}]}}
    assert error_code(staff.post(PATH, terms(price))) == "goods_unknown"
    over = terms(ends_at="2020-01-01T00:00:00+08:00", starts_at="2019-01-01T00:00:00+08:00")
    assert error_code(staff.post(PATH, over)) == "promotion_times"
    assert error_code(staff.post(PATH, terms(budget_fen=0))) == "validation_failed"


def test_lists(staff: Http, http: Http) -> None:
    running, scheduled = make_promotion(name="进行中"), staff.post(PATH, tomorrow())
    first = staff.get(PATH, limit=1).get_json()
    assert [item["id"] for item in first["items"]] == [scheduled.get_json()["id"]]
    rest = staff.get(PATH, limit=1, cursor=first["next_cursor"]).get_json()
    assert [item["id"] for item in rest["items"]] == [str(running)]
    assert rest["next_cursor"] is None
    (found,) = staff.get(PATH, state="running").get_json()["items"]
    assert found["id"] == str(running)
    (window,) = http.get("/api/v1/promotions").get_json()["items"]
    assert (window["name"], window["rule_words"]) == ("进行中", "满 199 减 20，满 399 减 50")
    assert "budget_fen" not in window


def test_who_may(http: Http, app: Flask) -> None:
    reader = http.as_(make_staff("promotion:read"))
    assert reader.get(PATH).status_code == 200
    assert reader.post(PATH, terms()).status_code == 403
    assert http.as_(make_staff("catalog:write")).get(PATH).status_code == 403


def test_the_preview_of_prices(staff: Http) -> None:
    with_cost, without = make_sku(10_000, name="枕头"), make_sku(10_000, name="毯子")
    with transaction() as session:
        session.execute(update(Sku).where(Sku.id == with_cost).values(cost_fen=9_500))
        at = db_now(session) + timedelta(days=2)
    staff.post(PATH, tomorrow(rule={"percent": {"pay_bp": 9_000}}, new_customers_only=True))
    body: dict[str, Any] = {
        "lines": [
            {"sku_id": str(with_cost), "quantity": 2},
            {"sku_id": str(without), "quantity": 1},
        ]
    }
    preview = "/admin/api/v1/price-previews"
    assert staff.post(preview, body).get_json()["discount_fen"] == 0, "it runs tomorrow"
    shown = staff.post(preview, {**body, "at": at.isoformat()}).get_json()
    assert (shown["discount_fen"], shown["payable_fen"]) == (3_000, 27_000)
    assert (shown["adjustments"][0]["lane"], shown["adjustments"][0]["shares"]) == (
        "ACTIVITY",
        [-2_000, -1_000],
    )
    assert shown["lines"][0] == {
        "sku_id": str(with_cost),
        "quantity": 2,
        "total_fen": 20_000,
        "payable_fen": 18_000,
        "cost_fen": 19_000,
        "margin_fen": -1_000,
        "margin_bp": -556,
        "below_floor": True,
        "is_gift": False,
    }
    assert shown["margin_fen"] == -1_000
    assert shown["warnings"] == ["枕头：低于成本 10 元", "毯子：未填成本价，无法计算毛利"]
    strict = staff.post(preview, {**body, "floor_margin_bp": 1_000}).get_json()
    assert strict["warnings"][0] == "枕头：毛利 10 元，低于最低毛利率"
    buyer = make_buyer()
    for_buyer = {**body, "at": at.isoformat(), "user_id": str(buyer.user_id)}
    assert staff.post(preview, for_buyer).get_json()["discount_fen"] == 3_000
    gone = {"lines": [{"sku_id": "9223372036854775807", "quantity": 1}]}
    assert error_code(staff.post(preview, gone)) == "sku_unknown"


def test_the_preview_shows_the_shoppers_coupons(staff: Http) -> None:
    buyer, sku = make_buyer(), make_goods(10, 10_000)
    good = make_coupon(buyer.user_id, amount_fen=500, threshold_fen=10_000)
    short = make_coupon(buyer.user_id, amount_fen=900, threshold_fen=12_000)
    body = {"lines": [{"sku_id": str(sku), "quantity": 1}], "user_id": str(buyer.user_id)}
    preview = "/admin/api/v1/price-previews"
    shown = staff.post(preview, body).get_json()
    assert shown["discount_fen"] == 0
    assert [(o["choice"], o["applies"], o["reason"]) for o in shown["offers"]] == [
        (str(good), True, None),
        (str(short), False, "再买 20.00 元适用商品可用"),
    ]
    with_it = staff.post(preview, {**body, "choices": {"coupons": "best"}}).get_json()
    assert (with_it["discount_fen"], with_it["offers"][0]["chosen"]) == (500, True)
    nobody = staff.post(preview, {"lines": body["lines"]}).get_json()
    assert nobody["offers"] == []
    foreign = {**body, "user_id": str(make_buyer().user_id), "choices": {"coupons": str(good)}}
    assert error_code(staff.post(preview, foreign)) == "coupon_not_found"
