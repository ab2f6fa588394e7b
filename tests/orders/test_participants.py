"""When participants are called, and that each may refuse by what it raises."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.errors import Conflict
from mall.orders.closing import close_unpaid
from mall.orders.participants import PARTICIPANTS, OrderParticipant
from mall.orders.paying import place_again
from mall.orders.placed import PlacedOrder
from mall.orders.refunding import reserve_refund
from tests.support.features import installed
from tests.support.inventory import Units, units
from tests.support.orders import (
    buy,
    check_orders,
    lines_of,
    make_buyer,
    make_goods,
    order_of,
    pay,
    ship,
)


class Refused(Conflict):
    code = "test_refused"
    message = "暂时不行"


class Recorder(OrderParticipant):
    """Keeps the hooks that were called; refuses those named in `refused`."""

    name = "test.recorder"

    def __init__(self) -> None:
        self.called: list[tuple[str, str]] = []
        self.refused: set[str] = set()

    def _call(self, hook: str, order: PlacedOrder) -> None:
        self.called.append((hook, order.order_no))
        if hook in self.refused:
            raise Refused

    def on_placing(self, session: Session, order: PlacedOrder) -> None:
        self._call("on_placing", order)

    def on_paid(self, session: Session, order: PlacedOrder) -> None:
        self._call("on_paid", order)

    def on_cancelling(self, session: Session, order: PlacedOrder) -> None:
        self._call("on_cancelling", order)

    def before_shipping(self, session: Session, order: PlacedOrder) -> None:
        self._call("before_shipping", order)

    def before_refund(self, session: Session, order: PlacedOrder, cause: str) -> None:
        self._call("before_refund", order)


@pytest.fixture
def recorder(app: Flask) -> Iterator[Recorder]:
    recorder = Recorder()
    with installed(lambda mall: mall.add(PARTICIPANTS, recorder)):
        yield recorder


def refund(order_no: str, fen: int) -> None:
    with transaction() as session:
        reserve_refund(session, order_no, [(lines_of(order_no)[0].id, 1, fen)], 0, "staff")


def test_the_hooks_of_an_orders_life(recorder: Recorder) -> None:
    order_no = buy(make_buyer(), {make_goods(10, 20_000): 2})
    pay(order_no)
    refund(order_no, 20_000)
    ship(order_no, {lines_of(order_no)[0].id: 1})
    hooks = ["on_placing", "on_paid", "before_refund", "before_shipping"]
    assert recorder.called == [(hook, order_no) for hook in hooks]


def test_a_payment_that_changes_nothing_is_not_told(recorder: Recorder) -> None:
    order_no = buy(make_buyer(), {make_goods(): 1})
    pay(order_no)
    with pytest.raises(AssertionError):
        pay(order_no)
    assert [hook for hook, _ in recorder.called].count("on_paid") == 1


def test_the_order_that_stands_for_a_closed_one_is_placed_and_paid(recorder: Recorder) -> None:
    closed = buy(make_buyer(), {make_goods(): 1})
    with transaction() as session:
        assert close_unpaid(session, closed, "expired")
        again = place_again(session, closed)
        assert again is not None
        order_no = again.order_no
    assert recorder.called[1:] == [
        ("on_cancelling", closed),
        ("on_placing", order_no),
        ("on_paid", order_no),
    ]


def test_a_refused_refund_changes_nothing(recorder: Recorder) -> None:
    sku = make_goods(10, 20_000)
    order_no = buy(make_buyer(), {sku: 2})
    pay(order_no)
    recorder.refused = {"before_refund"}
    with pytest.raises(Refused):
        refund(order_no, 20_000)
    assert order_of(order_no).refunding_fen == 0
    assert lines_of(order_no)[0].refunded_quantity == 0
    recorder.refused = set()
    refund(order_no, 20_000)
    assert order_of(order_no).refunding_fen == 20_000
    assert units(sku) == Units(sellable=8, sold=2)
    check_orders()
