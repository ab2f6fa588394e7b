"""Differences of orders that coupons or gifts joined."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from mall.groupbuy.orders.choice import Choice, Joining
from mall.groupbuy.orders.placing import Wanted, quote_seat, take_seat
from tests.support.catalog import make_sku
from tests.support.coupons import make_coupon
from tests.support.groupbuy import (
    joined,
    make_activity,
    opened,
    opening,
    pay_seat,
    refunds_arrive,
    refunds_of,
    seat_of,
    settled,
    sku_of,
)
from tests.support.invariants import check_invariants
from tests.support.inventory import stock
from tests.support.orders import Buyer, lines_of, make_buyer, order_of
from tests.support.promotions import make_gift

CHEAPER = {2: 9_000, 3: 8_000}


@pytest.fixture(autouse=True)
def _app(app: Flask) -> Iterator[None]:
    """Each test has an app and a database of its own; at its end everything must hold."""
    yield
    check_invariants()


def take(buyer: Buyer, choice: Choice, sku_id: int, units: int = 1, **choices: str) -> str:
    """A paid seat, with what stacks."""
    wanted = Wanted(sku_id, units, buyer.address_id, choices)
    _, shown = quote_seat(buyer.user_id, choice, wanted)
    fen = shown.quote.payable_fen
    seat = take_seat(buyer.user_id, choice, wanted, expected_payable_fen=fen)
    pay_seat(seat.order_no)
    return seat.order_no


def test_a_coupon_that_stacks_stays_taken_off() -> None:
    activity_id = make_activity(CHEAPER, stacks=["coupons"])
    team_id, buyer = opened(activity_id), make_buyer()
    joined(team_id)
    coupon_id = make_coupon(buyer.user_id)  # named: "best" would keep the free freight instead
    order_no = take(buyer, Joining(team_id), sku_of(activity_id), coupons=str(coupon_id))
    assert lines_of(order_no)[0].payable_fen == 8_500
    settled(team_id)
    assert refunds_of(order_no) == [("groupbuy:tier:", 1_000)]


def test_a_gift_changes_no_difference_and_comes_back_with_its_order() -> None:
    activity_id = make_activity(CHEAPER, stacks=["promotions"])
    sku_id, gift = sku_of(activity_id), stock(make_sku(500), 10)
    make_gift(gift, sku_id)
    team_id, buyer = opened(activity_id), make_buyer()
    joined(team_id)
    order_no = take(buyer, Joining(team_id), sku_id, 2)
    assert [line.quantity for line in lines_of(order_no)] == [2, 2]
    settled(team_id)
    assert refunds_of(order_no) == [("groupbuy:tier:", 2_000)]
    assert lines_of(order_no)[1].rebated_fen == 0


def test_a_failed_teams_gifts_come_back_as_well() -> None:
    activity_id = make_activity({5: 8_000}, stacks=["promotions"])
    sku_id, gift = sku_of(activity_id), stock(make_sku(500), 10)
    make_gift(gift, sku_id)
    order_no = take(make_buyer(), opening(activity_id), sku_id, 2)
    settled(seat_of(order_no).team_id)
    refunds_arrive(order_no)
    assert order_of(order_no).status == "closed"
    assert seat_of(order_no).released
    assert [line.restocked_quantity for line in lines_of(order_no)] == [2, 2]


def test_a_gift_of_the_same_sku_isnt_the_activitys() -> None:
    activity_id = make_activity({5: 8_000}, stacks=["promotions"])
    sku_id = sku_of(activity_id)
    make_gift(sku_id, sku_id)
    order_no = take(make_buyer(), opening(activity_id), sku_id, 2)
    assert seat_of(order_no).units == 2
    settled(seat_of(order_no).team_id)
    refunds_arrive(order_no)
    assert seat_of(order_no).released
