"""Points that are just enough for one of several orders; a payment against the closing."""

from __future__ import annotations

from functools import partial

from flask import Flask

from mall.kernel.db import transaction
from mall.orders.closing import close_unpaid
from mall.orders.locking import lock_order
from mall.orders.placing import Placed, place_order
from mall.shipping.settings import FREIGHT_FEN
from tests.support.invariants import rows_of
from tests.support.orders import Buyer, make_buyer, make_goods, order_of, pay
from tests.support.points import figures, give
from tests.support.points_shop import open_checkout
from tests.support.races import slow_writes, together
from tests.support.settings import set_setting
from tests.support.unguarded import unguarded_points

POINTS = 300


def order(buyer: Buyer, sku_id: int) -> Placed:
    return place_order(
        buyer.user_id,
        {sku_id: 1},
        buyer.address_id,
        1_000 - POINTS,
        choices={"points": str(POINTS)},
    )


def race(app: Flask) -> tuple[int, list[str]]:
    """Four orders at once that want the same points: how many got them, and what others hear."""
    open_checkout()
    set_setting(FREIGHT_FEN, 0)
    buyer = make_buyer()
    give(buyer.user_id, POINTS)
    calls = [partial(order, buyer, make_goods(1, 1_000)) for _ in range(4)]
    with slow_writes("points_accounts", of="UPDATE", seconds=0.1):
        names = [type(one).__name__ for one in together(app, calls)]
    return names.count("Placed"), sorted({name for name in names if name != "Placed"})


def test_points_pay_for_one_order(app: Flask) -> None:
    placed, refusals = race(app)
    assert placed == 1
    assert set(refusals) <= {"PointsShort", "PriceChanged"}, "in words"
    assert not rows_of("I17b")
    assert not rows_of("I1a")


def test_control_without_the_guards_of_the_ledger(app: Flask) -> None:
    with unguarded_points():
        placed, _ = race(app)
    assert placed > 1


def close(order_no: str) -> bool:
    with transaction() as session:
        lock_order(session, order_no)
        return close_unpaid(session, order_no, "shopper")


def pay_or_not(order_no: str) -> bool:
    try:
        pay(order_no)
    except AssertionError:
        return False
    return True


def test_paid_against_closed_the_points_are_spent_or_free(app: Flask) -> None:
    open_checkout()
    set_setting(FREIGHT_FEN, 0)
    buyer = make_buyer()
    give(buyer.user_id, 10 * POINTS)
    for _ in range(3):
        order_no = order(buyer, make_goods(1, 1_000)).order_no
        before = figures(buyer.user_id)
        calls = [partial(pay_or_not, order_no), partial(close, order_no)]
        paid, closed = together(app, calls)
        assert (paid, closed) in {(True, False), (False, True)}
        back = POINTS if order_of(order_no).status == "closed" else 0
        assert figures(buyer.user_id) == (before[0] + back, 0, 0, 0)
    assert not rows_of("I17b")
    assert not rows_of("I17c")
