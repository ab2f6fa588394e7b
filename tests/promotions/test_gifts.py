"""Gifts in quotes, orders and returns, through HTTP and the real database."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from mall.catalog.models import Sku
from mall.inventory.queries import sellable
from mall.kernel.db import transaction
from mall.orders.closing import close_unpaid
from tests.support.catalog import make_sku
from tests.support.coupons import make_template
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.inventory import stock
from tests.support.orders import Buyer, buy, lines_of, make_buyer, make_goods, order_of
from tests.support.promotions import make_gift, make_promotion, promotion_of, terms
from tests.support.staff import make_staff
from tests.support.statements import sent_statements

PATH = "/admin/api/v1/promotions"


def wanted(buyer: Buyer, lines: dict[int, int], **more: Any) -> dict[str, Any]:
    goods = [{"sku_id": str(sku), "quantity": units} for sku, units in lines.items()]
    return {"lines": goods, "address_id": str(buyer.address_id), **more}


def quote(http: Http, buyer: Buyer, lines: dict[int, int], **more: Any) -> dict[str, Any]:
    answer = http.as_(buyer.token).post("/api/v1/quotes", wanted(buyer, lines, **more))
    assert answer.status_code == 200, answer.get_json()
    shown: dict[str, Any] = answer.get_json()
    return shown


def place(http: Http, buyer: Buyer, lines: dict[int, int], payable_fen: int) -> Any:
    body = wanted(buyer, lines, expected_payable_fen=payable_fen)
    return http.as_(buyer.token).post("/api/v1/orders", body)


def on_shelf(sku: int) -> int:
    with transaction() as session:
        return sellable(session, [sku])[sku]


def close(order_no: str) -> None:
    with transaction() as session:
        assert close_unpaid(session, order_no, "shopper")


def test_bought_shown_placed_and_closed(app: Flask, http: Http) -> None:
    buyer, sku, given = make_buyer(), make_goods(10, 5_000), stock(make_sku(800, name="毯子"), 5)
    promotion_id = make_gift(given, sku, gift_stock=3)
    shown = quote(http, buyer, {sku: 2})
    bought, gift = shown["lines"]
    assert (bought["is_gift"], bought["payable_fen"]) == (False, 10_000)
    assert (gift["sku_id"], gift["name"], gift["quantity"]) == (str(given), "毯子", 2)
    assert (gift["is_gift"], gift["total_fen"], gift["payable_fen"]) == (True, 1_600, 0)
    assert gift["adjustments"] == [{"label": "买一赠一（每买 1 件赠 1 件）", "amount_fen": -1_600}]
    assert (shown["goods_fen"], shown["discount_fen"]) == (11_600, 1_600)
    assert shown["payable_fen"] == 10_000 + shown["freight_fen"]
    placed = place(http, buyer, {sku: 2}, shown["payable_fen"])
    assert placed.status_code == 201, placed.get_json()
    assert placed.get_json()["notices"] == []
    order_no = placed.get_json()["order_no"]
    kept = http.as_(buyer.token).get(f"/api/v1/orders/{order_no}").get_json()
    assert [(x["sku_id"], x["is_gift"], x["payable_fen"]) for x in kept["lines"]] == [
        (str(sku), False, 10_000),
        (str(given), True, 0),
    ]
    assert (promotion_of(promotion_id).gifts_given, on_shelf(given)) == (2, 3)
    check_invariants()
    close(order_no)
    assert (promotion_of(promotion_id).gifts_given, on_shelf(given)) == (0, 5)
    check_invariants()


def test_spent_gifts_are_told_and_the_order_goes_without(app: Flask, http: Http) -> None:
    buyer, sku, given = make_buyer(), make_goods(10, 5_000), stock(make_sku(800, name="毯子"), 9)
    promotion_id = make_gift(given, sku, gift_stock=3)
    assert len(lines_of(buy(make_buyer(), {sku: 2}))) == 2
    some = quote(http, buyer, {sku: 2})
    assert some["notices"] == ["买一赠一：赠品「毯子」仅剩 1 件"]
    assert some["lines"][1]["quantity"] == 1
    last = buy(make_buyer(), {sku: 1})
    assert promotion_of(promotion_id).paused is None, "it goes on when an order gives back"
    told = ["买一赠一：赠品「毯子」已赠完，本单不含赠品"]
    assert quote(http, buyer, {sku: 2})["notices"] == told
    placed = place(http, buyer, {sku: 2}, some["payable_fen"])
    assert (placed.status_code, placed.get_json()["notices"]) == (201, told)
    assert len(lines_of(placed.get_json()["order_no"])) == 1
    close(last)
    assert quote(http, buyer, {sku: 2})["lines"][1]["quantity"] == 1
    check_invariants()


def test_the_shelf_bounds_gifts_too(app: Flask, http: Http) -> None:
    buyer, sku = make_buyer(), make_goods(3, 5_000)
    make_gift(sku, sku, gift_stock=100)
    shown = quote(http, buyer, {sku: 2})
    assert [(x["quantity"], x["payable_fen"]) for x in shown["lines"]] == [(2, 10_000), (1, 0)]
    assert shown["notices"] == ["买一赠一：赠品「测试商品」仅剩 1 件"]
    order_no = buy(buyer, {sku: 2})
    assert (on_shelf(sku), len(lines_of(order_no))) == (0, 2)
    check_invariants()


def test_goods_that_are_only_gifts_need_no_place_in_the_window(app: Flask, http: Http) -> None:
    buyer, sku = make_buyer(), make_goods(5, 5_000)
    hidden = stock(make_sku(800, on_sale=False), 5)
    make_gift(hidden, sku)
    shown = quote(http, buyer, {sku: 1})
    assert (shown["lines"][1]["sku_id"], shown["lines"][1]["state"]) == (str(hidden), "ok")
    assert place(http, buyer, {sku: 1}, shown["payable_fen"]).status_code == 201


def test_a_gift_beside_a_coupon_and_free_freight(app: Flask, http: Http) -> None:
    buyer, sku, given = make_buyer(), make_goods(10, 2_000), make_goods(10, 9_000)
    make_gift(given, sku, stacks_with=None)
    make_promotion({"free_freight": {"from_fen": 6_000}})
    template = make_template(amount_fen=500, threshold_fen=4_000)
    assert (
        http.as_(buyer.token).post(f"/api/v1/coupon-templates/{template}/claims").status_code == 201
    )
    shown = quote(http, buyer, {sku: 2}, choices={"coupons": "best"})
    assert (shown["discount_fen"], shown["freight_fen"]) == (18_500, 1_000), "18000 are no goods"
    assert shown["payable_fen"] == 4_500
    (offer,) = [offer for offer in shown["offers"] if offer["participant"] == "coupons"]
    assert (offer["applies"], offer["chosen"], offer["amount_fen"]) == (True, True, 500)
    short = quote(http, buyer, {sku: 1})
    (offer,) = [offer for offer in short["offers"] if offer["participant"] == "coupons"]
    assert (offer["applies"], offer["reason"]) == (False, "再买 20.00 元适用商品可用")


def test_without_gifts_there_is_no_further_statement(app: Flask, http: Http) -> None:
    buyer, sku, given = make_buyer(), make_goods(100, 5_000), make_goods(100, 800)
    make_promotion()
    counts = []
    for elsewhere in (None, make_goods(10, 1)):
        if elsewhere is not None:
            make_gift(given, elsewhere)
        buy(buyer, {sku: 1})  # the terms are read once a process
        with sent_statements() as sent:
            buy(buyer, {sku: 1})
        counts.append(len(sent))
    assert counts[0] == counts[1]


@pytest.fixture
def staff(app: Flask, http: Http) -> Http:
    return http.as_(make_staff("promotion:read", "promotion:write", "audit:read", "catalog:cost"))


def test_staff_keep_the_stock_of_gifts(staff: Http, http: Http) -> None:
    sku, given = make_goods(10, 5_000), make_goods(10, 800)
    rule = {"gift": {"sku_id": str(given)}}
    assert error_code(staff.post(PATH, terms(rule))) == "validation_failed", "no stock"
    assert error_code(staff.post(PATH, terms(gift_stock=5))) == "validation_failed", "no gift"
    gone = {"gift": {"sku_id": "9223372036854775807"}}
    assert error_code(staff.post(PATH, terms(gone, gift_stock=5))) == "goods_unknown"
    made = staff.post(PATH, terms(rule, gift_stock=5, scope={"only": {"sku_ids": [str(sku)]}}))
    assert made.status_code == 201, made.get_json()
    shown = made.get_json()
    assert (shown["gift_stock"], shown["used_gifts"]) == (5, 0)
    assert shown["rule"]["gift"] == {
        "sku_id": str(given),
        "from_units": 1,
        "units": 1,
        "repeat": False,
    }
    assert shown["rule_words"] == "买 1 件赠 1 件"
    (window,) = http.get("/api/v1/promotions").get_json()["items"]
    assert window["gift_sku_id"] == str(given)
    path = f"{PATH}/{shown['id']}"
    buy(make_buyer(), {sku: 1})
    buy(make_buyer(), {sku: 1})
    low = staff.put(f"{path}/gift-stock", {"gift_stock": 1})
    assert (low.status_code, error_code(low)) == (409, "gifts_given")
    more = staff.put(f"{path}/gift-stock", {"gift_stock": 50}).get_json()
    assert (more["gift_stock"], more["used_gifts"]) == (50, 2)
    entry = staff.get("/admin/api/v1/audit", limit=1).get_json()["items"][0]
    assert entry["action"] == "promotion.gift_stock"
    plain = make_promotion()
    refused = staff.put(f"{PATH}/{plain}/gift-stock", {"gift_stock": 5})
    assert (refused.status_code, error_code(refused)) == (409, "promotion_has_no_gift")
    assert staff.post(f"{path}/end").status_code == 200
    over = staff.put(f"{path}/gift-stock", {"gift_stock": 60})
    assert error_code(over) == "promotion_over"


def test_the_preview_counts_what_gifts_cost(staff: Http) -> None:
    sku, given = make_goods(10, 5_000), stock(make_sku(800, name="毯子"), 5)
    with transaction() as session:
        session.execute(update(Sku).where(Sku.id == sku).values(cost_fen=4_000))
        session.execute(update(Sku).where(Sku.id == given).values(cost_fen=600))
    make_gift(given, sku)
    body = {"lines": [{"sku_id": str(sku), "quantity": 1}], "floor_margin_bp": 1_000}
    shown = staff.post("/admin/api/v1/price-previews", body).get_json()
    gift = shown["lines"][1]
    assert (gift["is_gift"], gift["payable_fen"], gift["margin_fen"]) == (True, 0, -600)
    assert gift["below_floor"] is False, "it's given away on purpose"
    assert (shown["margin_fen"], shown["warnings"]) == (400, ["含赠品：毛利 4 元，低于最低毛利率"])
    kinder = staff.post("/admin/api/v1/price-previews", {**body, "floor_margin_bp": 800})
    assert kinder.get_json()["warnings"] == []


def test_prices_of_the_quote_stand_in_the_order(app: Flask) -> None:
    sku, given = make_goods(10, 5_000), make_goods(10, 800)
    promotion_id = make_gift(given, sku, budget_fen=1_600)
    order_no = buy(make_buyer(), {sku: 2})
    order = order_of(order_no)
    assert (order.goods_fen, order.discount_fen) == (11_600, 1_600)
    assert promotion_of(promotion_id).paused == "budget", "a gift is worth its price"
    assert lines_of(order_no)[1].gift == {
        "source": f"promotion:{promotion_id}",
        "for": [1],
        "from_units": 1,
        "units": 1,
        "repeat": True,
    }
    check_invariants()
