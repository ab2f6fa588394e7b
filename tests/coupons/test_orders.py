"""Coupons in quotes and orders: what they take off, who holds them, when they come back."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, update

from mall.catalog.models import Category
from mall.coupons.models import Coupon
from mall.coupons.participant import lock
from mall.kernel.db import transaction
from mall.orders.closing import close_unpaid
from mall.orders.paying import place_again
from mall.orders.placed import read_placed
from mall.orders.refunding import reserve_refund, settle_refund
from tests.support.catalog import make_category, make_sku
from tests.support.coupons import coupon_of, hand_out, make_coupon, make_template
from tests.support.http import Http, error_code
from tests.support.inventory import stock
from tests.support.orders import (
    WITHOUT_PAYMENTS,
    Buyer,
    buy,
    check_orders,
    lines_of,
    make_buyer,
    make_goods,
    order_of,
    pay,
)
from tests.support.promotions import make_promotion

assert {"I10a", "I10b", "I10c"} <= set(WITHOUT_PAYMENTS)


@pytest.fixture
def buyer(app: Flask) -> Buyer:
    return make_buyer()


@pytest.fixture
def me(http: Http, buyer: Buyer) -> Http:
    return http.as_(buyer.token)


def goods(buyer: Buyer, lines: dict[int, int], choice: str | None) -> dict[str, Any]:
    return {
        "lines": [{"sku_id": str(sku), "quantity": n} for sku, n in lines.items()],
        "address_id": str(buyer.address_id),
        **({} if choice is None else {"choices": {"coupons": choice}}),
    }


def quote(me: Http, buyer: Buyer, lines: dict[int, int], choice: str | None) -> dict[str, Any]:
    answer = me.post("/api/v1/quotes", goods(buyer, lines, choice))
    assert answer.status_code == 200, answer.get_json()
    body: dict[str, Any] = answer.get_json()
    return body


def order(me: Http, buyer: Buyer, lines: dict[int, int], choice: str | None) -> str:
    payable = quote(me, buyer, lines, choice)["payable_fen"]
    body = {**goods(buyer, lines, choice), "expected_payable_fen": payable}
    answer = me.post("/api/v1/orders", body)
    assert answer.status_code == 201, answer.get_json()
    return str(answer.get_json()["order_no"])


def sources(shown: dict[str, Any]) -> list[tuple[str, int]]:
    return [(a["lane"], a["amount_fen"]) for a in shown["adjustments"]]


def close(order_no: str) -> None:
    with transaction() as session:
        assert close_unpaid(session, order_no, "shopper")


def refund_all(order_no: str) -> None:
    rows = [(line.id, line.quantity, line.payable_fen) for line in lines_of(order_no)]
    freight_fen = order_of(order_no).freight_fen
    with transaction() as session:
        reserve_refund(session, order_no, rows, freight_fen, "staff")
    with transaction() as session:
        settle_refund(session, order_no, rows, freight_fen, in_all=rows)


def test_a_quote_says_which_coupons_apply_and_why_not(me: Http, buyer: Buyer) -> None:
    sku, other = make_goods(10, 3000), make_goods(10, 100)
    five = make_coupon(buyer.user_id)
    fifty = make_coupon(buyer.user_id, amount_fen=5000, threshold_fen=20_000)
    of_other = make_coupon(buyer.user_id, scope={"only": {"sku_ids": [str(other)]}})
    shown = quote(me, buyer, {sku: 1}, None)
    assert sources(shown) == [("FREIGHT", shown["freight_fen"])]
    told = {
        o["choice"]: (o["applies"], o["amount_fen"], o["reason"], o["chosen"])
        for o in shown["offers"]
    }
    assert told == {
        str(five): (True, 500, None, False),
        str(fifty): (False, 0, "再买 170.00 元适用商品可用", False),
        str(of_other): (False, 0, "没有适用的商品", False),
    }
    best = quote(me, buyer, {sku: 1}, "best")
    assert best["discount_fen"] == 500
    assert [o["choice"] for o in best["offers"] if o["chosen"]] == [str(five)]
    assert quote(me, buyer, {sku: 1}, str(fifty))["discount_fen"] == 0


def test_the_best_coupon_may_be_the_one_that_expires_last_of_many(me: Http, buyer: Buyer) -> None:
    sku, template_id = make_goods(10, 3000), make_template(way="reward", threshold_fen=0)
    for _ in range(101):
        hand_out(buyer.user_id, template_id)
    best = make_coupon(buyer.user_id, amount_fen=900, valid_days=300)
    shown = quote(me, buyer, {sku: 1}, "best")
    assert [o["choice"] for o in shown["offers"] if o["chosen"]] == [str(best)]
    assert len(shown["offers"]) == 102


def test_an_idle_one_of_two_coupons_says_so_and_stays_free(me: Http, buyer: Buyer) -> None:
    """Its notice comes with the quote and with the order."""
    sku = make_goods(10, 20_000)
    goods_id = make_coupon(buyer.user_id)
    freight_id = make_coupon(buyer.user_id, name="运费券", kind="freight", amount_fen=None)
    choice = f"{goods_id},{freight_id}"
    shown = quote(me, buyer, {sku: 1}, choice)
    assert shown["notices"] == ["「运费券」本单未使用：本单没有运费"]
    body = {**goods(buyer, {sku: 1}, choice), "expected_payable_fen": shown["payable_fen"]}
    assert me.post("/api/v1/orders", body).get_json()["notices"] == shown["notices"]
    assert [coupon_of(one).status for one in (goods_id, freight_id)] == ["locked", "available"]


def test_choices_that_are_refused(me: Http, buyer: Buyer) -> None:
    sku = make_goods(10, 3000)
    mine, too = make_coupon(buyer.user_id), make_coupon(buyer.user_id)
    foreign = make_coupon(make_buyer().user_id)
    for choice, status, code in (
        ("all", 422, "coupon_choice_invalid"),
        ("0", 422, "coupon_choice_invalid"),
        (f"{mine},{mine}", 422, "coupon_choice_invalid"),
        (f"{mine},{too}", 422, "coupon_choice_invalid"),
        ("9" * 19, 422, "coupon_choice_invalid"),
        ("9" * 18, 404, "coupon_not_found"),
        (str(foreign), 404, "coupon_not_found"),
    ):
        answer = me.post("/api/v1/quotes", goods(buyer, {sku: 1}, choice))
        assert (answer.status_code, error_code(answer)) == (status, code), choice


def test_locked_used_and_back_by_policy(me: Http, buyer: Buyer, work: Any) -> None:
    sku = make_goods(20, 3000)
    coupon_id = make_coupon(buyer.user_id)
    order_no = order(me, buyer, {sku: 1}, str(coupon_id))
    assert coupon_of(coupon_id).status == "locked"
    again = me.post("/api/v1/quotes", goods(buyer, {sku: 1}, str(coupon_id)))
    assert (again.status_code, error_code(again)) == (409, "coupon_not_usable")
    close(order_no)
    assert coupon_of(coupon_id).status == "available"
    order_no = order(me, buyer, {sku: 1}, str(coupon_id))
    pay(order_no)
    work()
    assert coupon_of(coupon_id).status == "used"
    assert coupon_of(coupon_id).order_id == order_of(order_no).id
    check_orders()
    refund_all(order_no)
    work()
    assert (coupon_of(coupon_id).status, order_of(order_no).status) == ("available", "closed")
    check_orders()


def test_a_part_of_a_refund_gives_no_coupon_back(me: Http, buyer: Buyer, work: Any) -> None:
    coupon_id = make_coupon(buyer.user_id)
    order_no = order(me, buyer, {make_goods(20, 3000): 2}, str(coupon_id))
    pay(order_no)
    work()
    part = [(lines_of(order_no)[0].id, 1, 100)]
    with transaction() as session:
        reserve_refund(session, order_no, part, 0, "staff")
    with transaction() as session:
        settle_refund(session, order_no, part, 0, in_all=part)
    work()
    assert (coupon_of(coupon_id).status, order_of(order_no).refunded_fen) == ("used", 100)
    check_orders()


def test_a_coupon_that_stays_used_after_a_refund(me: Http, buyer: Buyer, work: Any) -> None:
    coupon_id = make_coupon(buyer.user_id, back_on_refund=False)
    order_no = order(me, buyer, {make_goods(20, 3000): 1}, "best")
    pay(order_no)
    refund_all(order_no)
    work()
    assert coupon_of(coupon_id).status == "used"
    check_orders()


def test_a_late_payment_takes_the_coupon_again_or_is_refunded(me: Http, buyer: Buyer) -> None:
    sku, coupon_id = make_goods(20, 3000), make_coupon(buyer.user_id)
    first, second = (order_closed(me, buyer, sku) for _ in range(2))
    with transaction() as session:
        assert place_again(session, first) is not None
    assert coupon_of(coupon_id).status == "locked"
    with transaction() as session:
        assert place_again(session, second) is None, "its coupon serves another order"
    check_orders()


def test_a_late_payment_finds_its_coupon_over(me: Http, buyer: Buyer) -> None:
    sku, coupon_id = make_goods(20, 3000), make_coupon(buyer.user_id)
    order_no = order_closed(me, buyer, sku)
    end_of(coupon_id)
    with transaction() as session:
        assert place_again(session, order_no) is None
    assert coupon_of(coupon_id).status == "available"
    check_orders()


def end_of(coupon_id: int) -> None:
    """Its time is over."""
    with transaction() as session:
        session.execute(
            update(Coupon).where(Coupon.id == coupon_id).values(expires_at=func.clock_timestamp())
        )


def test_a_coupon_whose_time_is_over_takes_nothing_off(me: Http, buyer: Buyer) -> None:
    sku, coupon_id = make_goods(20, 3000), make_coupon(buyer.user_id)
    end_of(coupon_id)
    shown = quote(me, buyer, {sku: 1}, "best")
    assert (shown["discount_fen"], shown["offers"]) == (0, [])
    refused = me.post("/api/v1/quotes", goods(buyer, {sku: 1}, str(coupon_id)))
    assert (refused.status_code, error_code(refused)) == (409, "coupon_not_usable")


def test_only_ones_own_coupons_are_locked(buyer: Buyer) -> None:
    mine, foreign = make_coupon(buyer.user_id), make_coupon(make_buyer().user_id)
    order_no = buy(buyer, {make_goods(20, 3000): 1})
    with transaction() as session:
        assert lock(session, read_placed(session, order_no), [mine, foreign]) == [mine]


def order_closed(me: Http, buyer: Buyer, sku: int) -> str:
    order_no = order(me, buyer, {sku: 1}, "best")
    close(order_no)
    return order_no


def test_after_promotions_and_with_the_freight(me: Http, buyer: Buyer) -> None:
    sku = make_goods(20, 20_000)
    make_promotion()  # 满199减20
    make_coupon(buyer.user_id, threshold_fen=18_001)
    assert quote(me, buyer, {sku: 1}, "best")["discount_fen"] == 2000
    make_coupon(buyer.user_id, threshold_fen=18_000)
    assert quote(me, buyer, {sku: 1}, "best")["discount_fen"] == 2500
    cheap = make_goods(20, 2000)
    freight = quote(me, buyer, {cheap: 1}, "best")["freight_fen"]
    assert freight > 0
    make_coupon(buyer.user_id, name="包邮", kind="freight", amount_fen=None, threshold_fen=1000)
    shown = quote(me, buyer, {cheap: 1}, "best")
    assert (shown["freight_fen"], sum(o["chosen"] for o in shown["offers"])) == (0, 1)
    order(me, buyer, {cheap: 1}, "best")
    check_orders()


def test_never_free(me: Http, buyer: Buyer) -> None:
    coupon_id = make_coupon(buyer.user_id, amount_fen=100_000, threshold_fen=0)
    make_coupon(buyer.user_id, name="包邮", kind="freight", amount_fen=None, threshold_fen=0)
    order_no = order(me, buyer, {make_goods(5, 3000): 2}, "best")
    assert order_of(order_no).payable_fen == 1
    assert coupon_of(coupon_id).status == "locked"
    check_orders()


def test_a_category_means_all_below_it(me: Http, buyer: Buyer) -> None:
    above = make_category("床品")
    with transaction() as session:
        below = Category(name="枕头", path="", level=2, parent_id=above)
        session.add(below)
        session.flush()
        session.execute(
            update(Category).where(Category.id == below.id).values(path=f"/{above}/{below.id}/")
        )
        below_id = below.id
    inside = stock(make_sku(3000, category_id=below_id), 5)
    outside = make_goods(5, 3000)
    only = {"only": {"category_ids": [str(above)]}}
    template_id = make_template(way="reward", scope=only, threshold_fen=3000)
    coupon_id = hand_out(buyer.user_id, template_id)
    assert quote(me, buyer, {inside: 1}, str(coupon_id))["discount_fen"] == 500
    assert quote(me, buyer, {outside: 1}, str(coupon_id))["discount_fen"] == 0
    both = quote(me, buyer, {inside: 1, outside: 1}, str(coupon_id))
    by_sku = {line["sku_id"]: line["payable_fen"] for line in both["lines"]}
    assert by_sku == {str(inside): 2500, str(outside): 3000}
