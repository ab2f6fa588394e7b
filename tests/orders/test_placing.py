"""Quotes and placing over HTTP: what is priced, written, reserved and refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mall.catalog.models import Sku
from mall.kernel.db import transaction
from mall.orders import writing
from mall.orders.models import Order, OrderAdjustment
from mall.orders.participants import PARTICIPANTS, OrderParticipant, PlacingContext
from mall.orders.placed import PlacedOrder
from mall.orders.settings import UNPAID_CLOSE_MIN
from mall.pricing.engine import freight
from mall.pricing.quote import Adjustment, Lane, PriceRule, Quote
from mall.shipping.settings import FREIGHT_FEN
from tests.support.catalog import make_sku
from tests.support.features import installed
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.inventory import Units, stock, units
from tests.support.orders import (
    Buyer,
    buy,
    history_of,
    lines_of,
    make_buyer,
    make_goods,
    order_of,
)
from tests.support.users import make_address, make_shopper


@pytest.fixture
def buyer(app: Flask) -> Buyer:
    return make_buyer()


@pytest.fixture
def me(http: Http, buyer: Buyer) -> Http:
    return http.as_(buyer.token)


def body(buyer: Buyer, lines: dict[int, int], payable_fen: int, **more: Any) -> dict[str, Any]:
    return {
        "lines": [{"sku_id": str(sku), "quantity": count} for sku, count in lines.items()],
        "address_id": str(buyer.address_id),
        "expected_payable_fen": payable_fen,
        **more,
    }


def orders_in_all() -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(Order)) or 0


def test_a_quote_says_what_it_costs_and_keeps_nothing(me: Http, buyer: Buyer) -> None:
    cup, bowl = make_goods(10, 1999), make_goods(1, 500)
    quote = me.post(
        "/api/v1/quotes",
        {
            "lines": [
                {"sku_id": str(cup), "quantity": 2},
                {"sku_id": str(bowl), "quantity": 3},
            ],
            "address_id": str(buyer.address_id),
        },
    ).get_json()
    freight_fen = FREIGHT_FEN.get()
    assert quote["goods_fen"] == 5498
    assert quote["payable_fen"] == 5498 + freight_fen
    assert [(a["lane"], a["amount_fen"]) for a in quote["adjustments"]] == [
        ("FREIGHT", freight_fen)
    ]
    assert [(x["state"], x["left"]) for x in quote["lines"]] == [("ok", 10), ("short", 1)]
    assert units(cup) == Units(sellable=10)
    assert orders_in_all() == 0


def test_an_order_is_what_was_quoted(me: Http, buyer: Buyer) -> None:
    cup, bowl = make_goods(10, 1999), make_goods(5, 500)
    payable_fen = 4498 + FREIGHT_FEN.get()
    answer = me.post(
        "/api/v1/orders", body(buyer, {cup: 2, bowl: 1}, payable_fen, remark=" 快点😀 ")
    )
    assert answer.status_code == 201, answer.get_json()
    placed = answer.get_json()
    order = order_of(placed["order_no"])
    assert (placed["status"], placed["payable_fen"]) == ("unpaid", payable_fen)
    assert (order.goods_fen, order.discount_fen, order.payable_fen) == (4498, 0, payable_fen)
    assert (order.remark, order.region_code, order.user_id) == ("快点😀", "330106", buyer.user_id)
    close_min = timedelta(minutes=UNPAID_CLOSE_MIN.get())
    assert abs(order.expires_at - order.created_at - close_min) < timedelta(seconds=1)
    assert [(x.position, x.sku_id, x.quantity, x.total_fen) for x in lines_of(order.order_no)] == [
        (1, cup, 2, 3998),
        (2, bowl, 1, 500),
    ]
    with transaction() as session:
        kept = session.scalars(select(OrderAdjustment)).one()
    assert (kept.lane, kept.source, kept.shares) == ("FREIGHT", "freight:flat", [])
    assert history_of(order.order_no) == [(None, "unpaid")]
    assert units(cup) == Units(sellable=8, reserved=2)
    assert units(bowl) == Units(sellable=4, reserved=1)
    check_invariants()


def test_an_address_is_sealed_and_later_edits_do_not_touch_it(me: Http, buyer: Buyer) -> None:
    order_no = buy(buyer, {make_goods(): 1})
    sealed = order_of(order_no).address_sealed
    assert "张三".encode() not in sealed
    assert b"13812345678" not in sealed
    shown = me.get(f"/api/v1/orders/{order_no}").get_json()["address"]
    assert shown["receiver"] == "张三"
    assert shown["phone"] == "13812345678"


def test_the_whole_cart_may_be_ordered(me: Http, buyer: Buyer) -> None:
    cup, bowl = make_goods(10, 9000), make_goods(5, 500)
    for sku in (cup, bowl):
        me.post("/api/v1/cart/lines", {"sku_id": str(sku), "quantity": 2})
    address = {"address_id": str(buyer.address_id)}
    quote = me.post("/api/v1/quotes", {"cart": True, **address}).get_json()
    answer = me.post(
        "/api/v1/orders",
        {"cart": True, **address, "expected_payable_fen": quote["payable_fen"]},
    )
    assert answer.status_code == 201
    assert [x.sku_id for x in lines_of(answer.get_json()["order_no"])] == [cup, bowl]
    assert me.get("/api/v1/cart").get_json()["lines"] == []
    empty = me.post("/api/v1/quotes", {"cart": True})
    assert (empty.status_code, error_code(empty)) == (409, "cart_empty")


def test_bought_lines_leave_the_cart_and_others_stay(me: Http, buyer: Buyer) -> None:
    cup, bowl = make_goods(), make_goods()
    for sku in (cup, bowl):
        me.post("/api/v1/cart/lines", {"sku_id": str(sku), "quantity": 1})
    buy(buyer, {cup: 1})
    left = me.get("/api/v1/cart").get_json()["lines"]
    assert [x["sku_id"] for x in left] == [str(bowl)]


def test_a_refused_order_leaves_the_cart_alone(me: Http, buyer: Buyer) -> None:
    cup = make_goods(1)
    me.post("/api/v1/cart/lines", {"sku_id": str(cup), "quantity": 1})
    refused = me.post("/api/v1/orders", body(buyer, {cup: 1}, 1))
    assert (refused.status_code, error_code(refused)) == (409, "price_changed")
    assert len(me.get("/api/v1/cart").get_json()["lines"]) == 1


@pytest.mark.parametrize(("price_fen", "told"), [(12_345, "123.45"), (9_876, "98.76")])
def test_a_price_that_changed_is_told_not_charged(
    me: Http, buyer: Buyer, price_fen: int, told: str
) -> None:
    """A lower one, too: the shopper agrees to what is paid, whatever it is."""
    cup = make_goods(10, 10_000)
    with transaction() as session:
        session.execute(update(Sku).where(Sku.id == cup).values(price_fen=price_fen))
    refused = me.post("/api/v1/orders", body(buyer, {cup: 1}, 10_000))
    assert (refused.status_code, error_code(refused)) == (409, "price_changed")
    assert told in refused.get_json()["error"]["message"]
    assert units(cup) == Units(sellable=10)
    assert orders_in_all() == 0


def test_what_is_short_is_named_and_nothing_is_held(me: Http, buyer: Buyer) -> None:
    cup, bowl = make_goods(10, 10_000), make_goods(2, 10_000)
    refused = me.post("/api/v1/orders", body(buyer, {cup: 1, bowl: 3}, 40_000))
    error = refused.get_json()["error"]
    assert (refused.status_code, error["code"], error["param"]) == (409, "out_of_stock", str(bowl))
    assert "2" in error["message"]
    assert units(cup) == Units(sellable=10)
    assert orders_in_all() == 0
    check_invariants()


def test_what_is_not_sold_cannot_be_ordered(me: Http, buyer: Buyer) -> None:
    off = stock(make_sku(on_sale=False), 5)
    for sku, status, code in ((off, 409, "sku_off_shelf"), (999_999, 404, "sku_unknown")):
        for path in ("/api/v1/quotes", "/api/v1/orders"):
            sent = body(buyer, {sku: 1}, 1000)
            if path.endswith("quotes"):
                del sent["expected_payable_fen"]
            refused = me.post(path, sent)
            assert (refused.status_code, error_code(refused)) == (status, code)
    assert orders_in_all() == 0


@dataclass(frozen=True)
class EverythingOff:
    """Takes off all of the goods, which `discount` wouldn't, or the freight."""

    lane: Lane
    source: str = "test:free"

    def adjust(self, quote: Quote) -> list[Adjustment]:
        if self.lane is Lane.FREIGHT:
            return freight(self.source, "免运费", -quote.freight_fen)
        shares = tuple(-line.payable_fen for line in quote.lines)
        return [Adjustment(self.lane, self.source, "全免", sum(shares), shares)]


class Generous(OrderParticipant):
    """A participant that makes everything free."""

    name = "test.generous"

    def price_rules(self, session: Session, context: PlacingContext) -> list[PriceRule]:
        return [EverythingOff(Lane.COUPON), EverythingOff(Lane.FREIGHT)]

    def on_placing(self, session: Session, order: PlacedOrder) -> None:
        raise AssertionError("never placed")

    def on_cancelling(self, session: Session, order: PlacedOrder) -> None:
        raise AssertionError("never placed")


def test_an_order_must_cost_something(me: Http, buyer: Buyer) -> None:
    with installed(lambda mall: mall.add(PARTICIPANTS, Generous())):
        refused = me.post("/api/v1/orders", body(buyer, {make_goods(10): 1}, 0))
    assert (refused.status_code, error_code(refused)) == (409, "nothing_to_pay")
    assert orders_in_all() == 0


def test_a_total_beyond_any_order_is_refused(me: Http, buyer: Buyer) -> None:
    dear = make_goods(9999, 90_000_000)
    refused = me.post("/api/v1/orders", body(buyer, {dear: 9999}, 10_000_000_000))
    assert (refused.status_code, error_code(refused)) == (409, "amount_too_large")


def test_another_shoppers_address_is_not_found(me: Http, buyer: Buyer) -> None:
    cup = make_goods(10, 10_000)
    foreign = make_address(make_shopper()[0])
    refused = me.post("/api/v1/orders", body(buyer, {cup: 1}, 10_000, address_id=str(foreign)))
    assert (refused.status_code, error_code(refused)) == (404, "not_found")
    quote = me.post(
        "/api/v1/quotes",
        {"lines": [{"sku_id": str(cup), "quantity": 1}], "address_id": str(foreign)},
    )
    assert quote.status_code == 404
    assert units(cup) == Units(sellable=10)


def test_the_same_press_twice_is_one_order(me: Http, buyer: Buyer) -> None:
    cup, bowl = make_goods(10, 10_000), make_goods(10, 10_000)
    first = me.post("/api/v1/orders", body(buyer, {cup: 1}, 10_000), key="press-0001")
    again = me.post("/api/v1/orders", body(buyer, {cup: 1}, 10_000), key="press-0001")
    assert again.get_data() == first.get_data()
    assert again.headers["Idempotent-Replay"] == "true"
    other = me.post("/api/v1/orders", body(buyer, {bowl: 1}, 10_000), key="press-0001")
    assert (other.status_code, error_code(other)) == (422, "idempotency_key_reused")
    assert orders_in_all() == 1
    assert units(cup) == Units(sellable=9, reserved=1)


def test_a_key_is_required(me: Http, buyer: Buyer) -> None:
    answer = me.call(
        "POST",
        "/api/v1/orders",
        body=body(buyer, {make_goods(): 1}, 1000),
        headers={"Idempotency-Key": ""},
    )
    assert error_code(answer) == "idempotency_key_required"


def test_a_number_that_is_taken_is_drawn_again(
    buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    cup = make_goods(10)
    taken = buy(buyer, {cup: 1})
    numbers = iter([taken, taken, "26010100000000000001"])
    monkeypatch.setattr(writing, "draw_order_no", lambda: next(numbers))
    assert buy(buyer, {cup: 2}) == "26010100000000000001"
    assert len(lines_of(taken)) == 1
    assert len(lines_of("26010100000000000001")) == 1
    assert units(cup) == Units(sellable=7, reserved=3)
    check_invariants()


def test_a_choice_must_name_a_participant(http: Http) -> None:
    buyer, sku = make_buyer(), make_goods()
    body = {"lines": [{"sku_id": str(sku), "quantity": 1}], "choices": {"coupon": "1"}}
    answer = http.as_(buyer.token).post("/api/v1/quotes", body)
    assert (answer.status_code, error_code(answer)) == (422, "validation_failed")
    more = {"address_id": str(buyer.address_id), "expected_payable_fen": 1000}
    answer = http.as_(buyer.token).post("/api/v1/orders", {**body, **more})
    assert (answer.status_code, answer.get_json()["error"]["param"]) == (422, "choices")
    body["choices"] = {}
    assert http.as_(buyer.token).post("/api/v1/quotes", body).get_json()["offers"] == []
