"""Orders that cost nothing: no fen is spared, paid at placing, and no old customer by them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from mall.flashsale.purchase.tokens import TokenKeys
from mall.kernel.db import transaction
from mall.orders.kinds import NORMAL
from mall.orders.quoting import preview
from mall.payments.errors import OrderAlreadyPaid
from mall.payments.prepaying import start_payment
from mall.payments.refunds.requesting import RequestedLine, request_refund
from tests.support.coupons import coupon_of, make_coupon
from tests.support.flash_orders import attempt, open_sale, tickets, work_through
from tests.support.flash_purchases import DEVICE
from tests.support.flashsale import armed_session
from tests.support.http import Http
from tests.support.invariants import check_invariants, rows_of
from tests.support.inventory import Units, units
from tests.support.kinds import (
    EXCHANGE,
    TOY,
    NotEnoughCoins,
    Toy,
    coins_of,
    give_coins,
    place,
    toys,
)
from tests.support.orders import (
    Buyer,
    buy,
    history_of,
    lines_of,
    make_buyer,
    make_goods,
    order_of,
    pay,
)
from tests.support.promotions import make_promotion, promotion_of

SHORT = {"amount_off": {"steps": [{"from_fen": 500, "off_fen": 300}]}}


@pytest.fixture
def toy(app: Flask) -> Iterator[Toy]:
    with toys() as toy:
        yield toy


@pytest.fixture
def buyer(toy: Toy) -> Buyer:
    return make_buyer()


def test_no_fen_is_spared_where_the_kind_may_be_free(toy: Toy, buyer: Buyer) -> None:
    """An activity price, a promotion and a coupon take all of it; of a normal order they leave
    the last fen."""
    sku = make_goods()
    make_promotion(SHORT)
    coupon = make_coupon(buyer.user_id, amount_fen=300, threshold_fen=0)
    choices = {TOY: "at:600", "coupons": str(coupon)}
    shown = preview(buyer.user_id, {sku: 1}, buyer.address_id, choices, NORMAL).quote
    assert shown.payable_fen - shown.freight_fen == 1
    shown = preview(buyer.user_id, {sku: 1}, buyer.address_id, choices, EXCHANGE).quote
    assert [one.amount_fen for one in shown.adjustments] == [-400, -300, -300]
    placed = place(buyer, {sku: 1}, EXCHANGE, "at:600", coupons=str(coupon))
    assert (placed.status, placed.payable_fen) == ("paid", 0)
    assert coupon_of(coupon).order_id == order_of(placed.order_no).id
    check_invariants()


@pytest.mark.parametrize(
    ("price", "promotion", "coupon_fen"),
    [("at:0", False, 0), (None, True, 700), ("at:300", False, 300)],
)
def test_each_lane_may_take_the_last_fen(
    buyer: Buyer, price: str | None, promotion: bool, coupon_fen: int
) -> None:
    sku = make_goods()
    if promotion:
        make_promotion(SHORT)
    chosen = {}
    if coupon_fen:
        coupon = make_coupon(buyer.user_id, amount_fen=coupon_fen, threshold_fen=0)
        chosen = {"coupons": str(coupon)}
    assert place(buyer, {sku: 1}, EXCHANGE, price, **chosen).payable_fen == 0


def test_paid_at_placing_without_wechat(toy: Toy, buyer: Buyer) -> None:
    give_coins(buyer.user_id, 12)
    sku = make_goods()
    placed = place(buyer, {sku: 2}, EXCHANGE, "coins")
    order = order_of(placed.order_no)
    assert (order.status, order.paid_fen, order.may_be_free) == ("paid", 0, True)
    assert order.paid_at is not None
    assert history_of(placed.order_no) == [(None, "unpaid"), ("unpaid", "paid")]
    assert toy.hooks(placed.order_no) == ["lock", "on_placing", "on_paid"]
    assert (units(sku), coins_of(buyer.user_id)) == (Units(8, sold=2), 2)
    with pytest.raises(OrderAlreadyPaid):
        start_payment(buyer.user_id, placed.order_no)
    with pytest.raises(NotEnoughCoins):
        place(buyer, {sku: 1}, EXCHANGE, "coins")
    assert (units(sku), coins_of(buyer.user_id)) == (Units(8, sold=2), 2), "nothing was kept"
    check_invariants()
    with transaction() as session:
        session.execute(text("UPDATE toy_spent SET settled = false"))
    assert rows_of("I17toy"), "the toy's own invariant is asked, too"


def test_such_a_kind_may_cost_something_too(buyer: Buyer) -> None:
    placed = place(buyer, {make_goods(): 1}, EXCHANGE)
    assert (placed.status, placed.payable_fen) == ("unpaid", 1000)
    pay(placed.order_no)
    assert order_of(placed.order_no).paid_fen == 1000


def free_order(buyer: Buyer) -> None:
    assert place(buyer, {make_goods(): 1}, EXCHANGE, "at:0").status == "paid"


def test_new_customers_have_their_promotion_still(http: Http, buyer: Buyer) -> None:
    """In the quote and at placing."""
    free_order(buyer)
    make_promotion(SHORT, new_customers_only=True)
    sku = make_goods(price_fen=10_000)
    first = order_of(buy(buyer, {sku: 1}))
    assert first.discount_fen == 300
    pay(first.order_no)
    assert order_of(buy(buyer, {sku: 1})).discount_fen == 0


def test_a_flash_sale_for_new_customers_lets_them_in(app: Flask, http: Http, buyer: Buyer) -> None:
    """At the gate, where the token says who is new, and in PostgreSQL, which decides."""
    free_order(buyer)
    session_id, _ = armed_session()
    keys: TokenKeys = app.extensions["mall.flash_admission"].token_keys
    path = f"/api/v1/flash-sessions/{session_id}/passes"
    shopper = http.as_(buyer.token)

    def is_new() -> int:
        answer = shopper.post(path, {"device": DEVICE})
        assert answer.status_code == 201, answer.get_json()
        return keys.check(answer.get_json()["pass"], DEVICE).flags

    assert is_new() == 1
    sale = open_sale(audience="new_customers")
    ticket = attempt(sale.where, buyer)
    work_through()
    assert tickets(sale.item_id)[ticket][0] == "ordered"
    pay(buy(buyer, {make_goods(): 1}))
    assert is_new() == 0


def test_what_made_it_free_comes_back_with_its_last_unit(buyer: Buyer) -> None:
    """Its coupon, by the template's policy, and its part of the promotion's budget."""
    sku = make_goods(price_fen=500)
    promotion = make_promotion(SHORT, budget_fen=10_000)
    coupon = make_coupon(buyer.user_id, amount_fen=700, threshold_fen=0, back_on_refund=True)
    order_no = place(buyer, {sku: 2}, EXCHANGE, coupons=str(coupon)).order_no
    assert (order_of(order_no).paid_at is None, promotion_of(promotion).spent_fen) == (False, 300)
    for status, back in (("locked", 1), ("available", 2)):
        (line,) = lines_of(order_no)
        request_refund(order_no, [RequestedLine(line.id, 1)], 0, "不要了")
        assert coupon_of(coupon).status == status, back
    assert order_of(order_no).status == "closed"
    assert units(sku) == Units(10)
    check_invariants()
