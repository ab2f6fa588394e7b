"""The points mall by HTTP: points with cash, cancelled and refunded; a code, once."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db
from tests.support.catalog import make_sku
from tests.support.exchange import code_statuses, terms
from tests.support.http import Http, error_code
from tests.support.inventory import Units, stock, units
from tests.support.payments import Shop, assert_money_is_right
from tests.support.points import give
from tests.support.races import together
from tests.support.servers import LiveServer
from tests.support.staff import make_staff

MALL, ITEMS = "/api/v1/points-mall", "/admin/api/v1/exchange-items"


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Shop:
    shop = Shop(app, simulator, work)
    give(shop.user_id, 1_000)
    return shop


@pytest.fixture
def staff(http: Http) -> Http:
    permissions = ("exchange:read", "exchange:write", "code:write", "order:read", "order:export")
    return http.as_(make_staff(*permissions, "shipment:write", username="mall"))


def points(shop: Shop) -> tuple[int, int]:
    """(available, held)."""
    shown = shop.shopper.get("/api/v1/points").get_json()
    return shown["available"], shown["held"]


def offered(staff: Http, units: int, **more: Any) -> str:
    """Staff put goods into the points mall: the item."""
    sku = stock(make_sku(5_000, "保温杯"), 10)
    item = staff.post(ITEMS, terms(sku, free_freight=False, **more)).get_json()["id"]
    assert staff.put(f"{ITEMS}/{item}/stock", {"stock": units}).status_code == 200
    return str(item)


def quoted(shop: Shop, item: str, units: int = 1) -> dict[str, Any]:
    """The body of an exchange, at what the quote says."""
    wanted = {"item_id": item, "units": units, "address_id": str(shop.address_id)}
    quote = shop.shopper.post(f"{MALL}/quotes", wanted)
    assert quote.status_code == 200, quote.get_json()
    shown = quote.get_json()
    assert shown["refusals"] == []
    return {
        **wanted,
        "expected_points": shown["points"],
        "expected_payable_fen": shown["payable_fen"],
    }


def exchanged(shop: Shop, item: str, units: int = 1) -> str:
    placed = shop.shopper.post(f"{MALL}/exchanges", quoted(shop, item, units))
    assert placed.status_code == 201, placed.get_json()
    return str(placed.get_json()["order_no"])


def test_points_and_cash_cancelled_and_refunded(shop: Shop, staff: Http) -> None:
    item = offered(staff, 5, points=200, cash_fen=990)
    listed = shop.shopper.get(f"{MALL}/items").get_json()["items"][0]
    assert (listed["points"], listed["cash_fen"], listed["can_exchange"]) == (200, 990, True)

    cancelled = exchanged(shop, item)
    assert points(shop) == (800, 200)
    assert shop.detail(cancelled)["also_paid"] == [
        {"name": "points", "label": "积分", "amount": 200, "returned": 0}
    ]
    assert shop.cancel(cancelled).status_code == 200
    shop.work()
    assert (shop.status(cancelled), points(shop)) == ("closed", (1_000, 0))
    assert shop.detail(cancelled)["also_paid"][0]["returned"] == 200

    order_no = exchanged(shop, item, 2)
    shown = shop.detail(order_no)
    assert (shown["kind"], shown["payable_fen"]) == ("exchange", 1_980 + shown["freight_fen"])
    shop.pay(order_no)
    assert (shop.status(order_no), points(shop)) == ("paid", (600, 0))
    to_ship = staff.get("/admin/api/v1/orders", to_ship="true", kind="exchange").get_json()
    assert [one["order_no"] for one in to_ship["items"]] == [order_no]
    sheet = staff.get("/admin/api/v1/orders/export", kind="exchange").get_data(as_text=True)
    assert "积分兑换单" in sheet
    assert "积分 400" in sheet

    shop.refunded(order_no, 1)
    assert points(shop) == (800, 0)
    assert shop.detail(order_no)["refunded_fen"] == 990
    shop.refunded(order_no, 1, freight_fen=shown["freight_fen"])
    shop.let_time_pass(2)  # the refunds of one payment keep a distance at WeChat
    shop.sweep()
    assert (shop.status(order_no), points(shop)) == ("closed", (1_000, 0))
    assert shop.detail(order_no)["refunded_fen"] == shown["payable_fen"]
    assert staff.get(f"{ITEMS}/{item}").get_json()["left"] == 5
    assert_money_is_right(shop)


def test_goods_for_points_alone_come_back_by_an_after_sale(shop: Shop, staff: Http) -> None:
    item = offered(staff, 5, points=200)
    order_no = exchanged(shop, item)
    freight_fen = shop.detail(order_no)["freight_fen"]
    assert freight_fen > 0, "freight is paid, and the goods are free"
    shop.pay(order_no)
    assert points(shop) == (800, 0)
    line = {"line_id": shop.detail(order_no)["lines"][0]["id"], "quantity": 1}
    units_back = {"kind": "refund_only", "lines": [line]}
    preview = shop.shopper.post(f"/api/v1/orders/{order_no}/after-sale-previews", units_back)
    assert [one["text"] for one in preview.get_json()["extras"]] == ["200 积分"]
    body = {**units_back, "reason": "unwanted"}
    options = shop.shopper.get(f"/api/v1/orders/{order_no}/after-sale-options")
    body["reason"] = options.get_json()["reasons"][0]["code"]
    asked = shop.shopper.post(f"/api/v1/orders/{order_no}/after-sales", body)
    assert asked.status_code == 201, asked.get_json()
    clerk = Http(shop.app).as_(make_staff("aftersale:read", "aftersale:write", username="clerk"))
    number = asked.get_json()["after_sale_no"]
    agreed = clerk.post(f"/admin/api/v1/after-sales/{number}/approval", {})
    assert agreed.status_code in {200, 204}, agreed.get_json()
    shop.work()
    shop.settle_down()
    assert (shop.status(order_no), points(shop)) == ("closed", (1_000, 0))
    assert shop.detail(order_no)["refunded_fen"] == freight_fen
    assert_money_is_right(shop)


def test_a_code_is_delivered_once_under_a_doubled_request(shop: Shop, staff: Http) -> None:
    sku = make_sku(3_000, "视频会员月卡", on_sale=False)
    item = staff.post(ITEMS, terms(sku, kind="code", points=300)).get_json()["id"]
    codes = {"name": "十一月", "codes": ["VIP-2026-0001", "VIP-2026-0002", "VIP-2026-0003"]}
    assert staff.post(f"{ITEMS}/{item}/codes", codes).get_json()["new"] == 3
    body, key = quoted(shop, item), uuid.uuid4().hex
    press = partial(shop.shopper.post, f"{MALL}/exchanges", body, key=key)
    answers = together(shop.app, [press] * 4)
    statuses = {answer.status_code for answer in answers if not isinstance(answer, Exception)}
    assert statuses <= {201, 409}
    again = press()
    assert again.status_code == 201
    order_no = again.get_json()["order_no"]
    shop.work()
    assert points(shop) == (700, 0)
    shown = [
        shop.shopper.get(f"{MALL}/orders/{order_no}/code").get_json()["code"] for _ in range(2)
    ]
    assert shown == ["VIP-2026-0001"] * 2
    assert code_statuses(int(item)) == ["delivered", "free", "free"]
    assert shop.status(order_no) == "completed"
    line = {"line_id": shop.detail(order_no)["lines"][0]["id"], "quantity": 1}
    back = {"kind": "refund_only", "lines": [line], "reason": "late"}
    refused = shop.shopper.post(f"/api/v1/orders/{order_no}/after-sales", back)
    assert refused.status_code in {409, 422}, "nobody gives a code back"
    assert (units(sku), points(shop)) == (Units(0, reserved=2, sold=1), (700, 0))
    assert_money_is_right(shop)


def test_what_was_shown_has_changed(shop: Shop, staff: Http) -> None:
    item = offered(staff, 5, points=200, cash_fen=990)
    body = quoted(shop, item)
    for change, code in (
        ({"expected_points": 199}, "exchange_price_changed"),
        ({"expected_payable_fen": 1}, "price_changed"),
        ({"units": 6, "expected_points": 1_200}, "price_changed"),
        ({"item_id": "999999"}, "exchange_item_not_found"),
        ({"choices": {"exchange": f"{item}:1:0"}}, "validation_failed"),
    ):
        answer = shop.shopper.post(f"{MALL}/exchanges", {**body, **change})
        assert error_code(answer) == code, change
    assert points(shop) == (1_000, 0)
    db.session.rollback()
    assert db.session.scalar(text("SELECT count(*) FROM orders")) == 0
