"""Exchanges: what they cost, what is held and spent, and how it comes back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from mall.inventory.errors import OutOfStock
from mall.kernel.db import transaction
from mall.kernel.errors import ValidationFailed
from mall.orders.closing import close_unpaid
from mall.orders.errors import AddressMissing, NothingIsShipped, PriceChanged
from mall.orders.locking import lock_order
from mall.orders.placing import place_order
from mall.payments.refunds.requesting import RequestedLine, request_refund
from mall.points.exchange.errors import (
    ExchangeItemNotFound,
    ExchangeOneAtATime,
    ExchangePriceChanged,
    ExchangeSoldOut,
)
from mall.points.exchange.items.saving import end_item, set_stock
from mall.points.exchange.orders.exchanging import Wanted, exchange, quote_exchange
from mall.points.ledger.errors import PointsShort
from mall.rewards.models import RewardGrant
from mall.shipping import commands as shipping
from tests.support.catalog import make_sku
from tests.support.coupons import make_template
from tests.support.exchange import (
    deliver,
    exchange_of,
    exchanged,
    make_coupon_item,
    make_item,
    make_rich_buyer,
    stock_of,
)
from tests.support.invariants import check_invariants
from tests.support.inventory import Units, stock, units
from tests.support.orders import Buyer, lines_of, order_of
from tests.support.points import figures


@pytest.fixture(autouse=True)
def whole(app: Flask) -> Iterator[None]:
    yield
    check_invariants()


@pytest.fixture
def buyer(app: Flask) -> Buyer:
    return make_rich_buyer(1_000)


def goods(units: int = 10) -> int:
    return stock(make_sku(5_000), units)


def test_points_alone_are_spent_at_once(buyer: Buyer) -> None:
    sku = goods()
    item = make_item(5, sku_id=sku)
    assert units(sku) == Units(5, reserved=5)
    placed = exchanged(buyer, item, 2)
    assert (placed.status, placed.points, placed.payable_fen) == ("paid", 200, 0)
    order = order_of(placed.order_no)
    assert (order.kind, order.discount_fen, order.paid_fen) == ("exchange", 10_000, 0)
    assert order.choices == {"exchange": f"{item}:100:0"}
    assert figures(buyer.user_id) == (800, 0, 0, 0)
    assert stock_of(item) == (3, 2)
    assert units(sku) == Units(5, reserved=3, sold=2)


def test_points_and_cash_are_held_until_the_payment(buyer: Buyer) -> None:
    item = make_item(cash_fen=990)
    closed, _ = exchanged(buyer, item), exchanged(buyer, item)
    assert (closed.status, closed.payable_fen) == ("unpaid", 990)
    assert figures(buyer.user_id) == (800, 0, 200, 0)
    check_invariants()
    with transaction() as session:
        lock_order(session, closed.order_no)
        assert close_unpaid(session, closed.order_no, "shopper")
    assert figures(buyer.user_id) == (900, 0, 100, 0)
    assert stock_of(item) == (4, 1)
    with transaction() as session:
        assert not close_unpaid(session, closed.order_no, "shopper")


def test_units_that_are_refunded_give_back_their_points(buyer: Buyer) -> None:
    """Three units, unsent: one by one; then all of it is the item's again."""
    sku = goods()
    item = make_item(5, sku_id=sku)
    order_no = exchanged(buyer, item, 3).order_no
    (line,) = lines_of(order_no)
    for back, has in ((1, 800), (2, 900), (3, 1_000)):
        request_refund(order_no, [RequestedLine(line.id, 1)], 0, "不要了")
        assert figures(buyer.user_id)[0] == has, back
        check_invariants()
    assert order_of(order_no).status == "closed"
    assert stock_of(item) == (5, 0)
    assert units(sku) == Units(5, reserved=5)


def test_what_was_sent_and_comes_back_isnt_the_items(buyer: Buyer) -> None:
    item = make_item()
    order_no = exchanged(buyer, item).order_no
    (line,) = lines_of(order_no)
    shipping.ship(order_no, "ZTO", "A0001")
    request_refund(order_no, [RequestedLine(line.id, 1)], 0, "破损")
    assert (order_of(order_no).status, figures(buyer.user_id)[0]) == ("closed", 1_000)
    assert (stock_of(item), exchange_of(order_no).released) == ((4, 1), False)


def test_units_that_were_sold_on_the_shelf_meanwhile_stay_exchanged(buyer: Buyer) -> None:
    sku = goods(5)
    item = make_item(5, sku_id=sku)
    order_no = exchanged(buyer, item, 2).order_no
    (line,) = lines_of(order_no)
    request_refund(order_no, [RequestedLine(line.id, 1)], 0, "不要了")
    place_order(buyer.user_id, {sku: 1}, buyer.address_id, 6_000)
    request_refund(order_no, [RequestedLine(line.id, 1)], 0, "不要了")
    assert (stock_of(item), figures(buyer.user_id)[0]) == ((3, 2), 1_000)
    assert units(sku) == Units(1, reserved=4)


def test_freight_is_paid_unless_the_item_says_free(buyer: Buyer) -> None:
    item = make_item(free_freight=False)
    placed = exchanged(buyer, item)
    assert (placed.status, placed.payable_fen, order_of(placed.order_no).freight_fen) == (
        "unpaid",
        1_000,
        1_000,
    )
    assert figures(buyer.user_id) == (900, 0, 100, 0)
    quote = quote_exchange(buyer.user_id, Wanted(make_item(), 1, buyer.address_id))
    assert (quote.quote.freight_fen, quote.goods_payable_fen) == (0, 0)


def test_what_was_shown_must_still_hold(buyer: Buyer) -> None:
    item = make_item(cash_fen=990)
    wanted = Wanted(item, 2, buyer.address_id)
    with pytest.raises(ExchangePriceChanged):
        exchange(buyer.user_id, wanted, expected_points=199, expected_payable_fen=1_980)
    with pytest.raises(PriceChanged):
        exchange(buyer.user_id, wanted, expected_points=200, expected_payable_fen=1_979)
    with pytest.raises(AddressMissing):
        exchange(buyer.user_id, Wanted(item), expected_points=100, expected_payable_fen=990)
    with pytest.raises(ExchangeItemNotFound):
        exchange(buyer.user_id, Wanted(item + 9), expected_points=1, expected_payable_fen=0)
    with pytest.raises(ValidationFailed):
        quote_exchange(buyer.user_id, Wanted(item, choices={"exchange": f"{item}:1:0"}))
    with pytest.raises(ValidationFailed):
        quote_exchange(buyer.user_id, Wanted(item, choices={"coupons": "best"}))
    sku = goods()
    with pytest.raises(ValidationFailed):
        place_order(
            buyer.user_id, {sku: 1}, buyer.address_id, 1, choices={"exchange": f"{item}:1:0"}
        )
    assert figures(buyer.user_id) == (1_000, 0, 0, 0)
    assert stock_of(item) == (5, 0)


def test_too_few_points_or_units_change_nothing(buyer: Buyer) -> None:
    poor, item = make_rich_buyer(99), make_item(2)
    with pytest.raises(PointsShort):
        exchanged(poor, item)
    with pytest.raises(ExchangeSoldOut):
        exchanged(buyer, item, 3)
    assert (stock_of(item), figures(poor.user_id)) == ((2, 0), (99, 0, 0, 0))


def test_an_item_that_ends_gives_back_what_is_left_and_what_comes_later(buyer: Buyer) -> None:
    sku = goods()
    item = make_item(5, sku_id=sku, cash_fen=1)
    order_no = exchanged(buyer, item, 2).order_no
    end_item(item)
    end_item(item)
    assert (stock_of(item), units(sku)) == ((0, 2), Units(8, reserved=2))
    check_invariants()
    with transaction() as session:
        close_unpaid(session, lock_order(session, order_no).order_no, "shopper")
    assert (stock_of(item), units(sku)) == ((0, 0), Units(10))


def test_stock_is_set_aside_of_the_skus_and_given_back(buyer: Buyer) -> None:
    sku = goods(4)
    item = make_item(3, sku_id=sku)
    with pytest.raises(OutOfStock):
        set_stock(item, 5)
    for wanted in (4, 1, 1, 2):
        set_stock(item, wanted)
        assert units(sku) == Units(4 - wanted, reserved=wanted)


def test_a_coupon_is_given_once_and_nothing_is_sent(buyer: Buyer) -> None:
    item = make_coupon_item()
    with pytest.raises(ExchangeOneAtATime):
        exchanged(buyer, item, 2)
    placed = exchanged(buyer, item)
    assert order_of(placed.order_no).status == "paid"
    for _ in range(2):
        deliver(placed.order_no)
    assert order_of(placed.order_no).status == "completed"
    assert (grants(), figures(buyer.user_id)) == (["granted"], (900, 0, 0, 0))
    with pytest.raises(NothingIsShipped):
        shipping.ship(exchanged(buyer, item).order_no, "ZTO", "A0001")


def test_nothing_is_given_before_it_is_paid(buyer: Buyer) -> None:
    placed = exchanged(buyer, make_coupon_item(cash_fen=990))
    assert placed.status == "unpaid"
    deliver(placed.order_no)
    assert (grants(), order_of(placed.order_no).status) == ([], "unpaid")


def test_a_reward_that_staff_refund_is_taken_back(buyer: Buyer) -> None:
    order_no = exchanged(buyer, make_coupon_item()).order_no
    deliver(order_no)
    (line,) = lines_of(order_no)
    request_refund(order_no, [RequestedLine(line.id, 1)], 0, "误操作")
    assert (grants(), figures(buyer.user_id)[0]) == (["reversed"], 1_000)


def test_what_cant_be_given_is_refunded(buyer: Buyer) -> None:
    template = make_template(way="reward", total_limit=1)
    item = make_coupon_item(5, template=template)
    first, second = exchanged(buyer, item), exchanged(buyer, item)
    for placed in (first, second, second):
        deliver(placed.order_no)
    assert [order_of(one.order_no).status for one in (first, second)] == ["completed", "closed"]
    assert (stock_of(item), figures(buyer.user_id)) == ((4, 1), (900, 0, 0, 0))


def grants() -> list[str]:
    with transaction() as session:
        session.expire_all()
        return [grant.status for grant in session.query(RewardGrant)]
