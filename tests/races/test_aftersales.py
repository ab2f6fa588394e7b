"""Many after-sales of one line at once; each with a control in which it's asked twice."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Flask
from sqlalchemy import func, select

from mall.aftersales import applying, deciding
from mall.aftersales.errors import AfterSaleState, NotEnoughLeft, WaitsForAfterSale
from mall.aftersales.models import AfterSale, AfterSaleLine
from mall.kernel.db import db, transaction
from mall.orders.models import Order, OrderLine
from mall.payments.models import Refund
from mall.shipping.commands import ship
from tests.support.aftersales import ask_back
from tests.support.invariants import check_invariants
from tests.support.races import slow_writes, together, without_row_locks
from tests.support.shipping import TestOrder, make_paid_order

AT_ONCE = 8
UNITS = 3


def claimed(order: TestOrder) -> int:
    db.session.rollback()
    return int(
        db.session.scalar(
            select(func.sum(AfterSaleLine.quantity)).where(
                AfterSaleLine.order_line_id == order.line_ids[0]
            )
        )
        or 0
    )


def test_after_sales_of_one_line_never_pass_its_units(app: Flask) -> None:
    order = make_paid_order(UNITS, price_fen=3333)
    with slow_writes("after_sales"):
        outcomes = together(app, [partial(ask_back, order)] * AT_ONCE)
    refusals = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert {type(refusal) for refusal in refusals} == {NotEnoughLeft}
    assert (len(outcomes) - len(refusals), claimed(order)) == (UNITS, UNITS)
    asked = sum(db.session.scalars(select(AfterSale.goods_fen)))
    assert asked == db.session.scalar(select(OrderLine.payable_fen))
    for number in outcomes:
        if isinstance(number, str):
            deciding.approve(number, "", None)
    db.session.rollback()
    order_now = db.session.scalars(select(Order).execution_options(populate_existing=True)).one()
    assert order_now.refunding_fen == order_now.paid_fen, "with the freight, which goes last"
    check_invariants()


def test_control_without_holding_the_order_units_are_asked_twice(app: Flask) -> None:
    order = make_paid_order(UNITS)
    with slow_writes("after_sales"), without_row_locks("orders"):
        together(app, [partial(ask_back, order)] * AT_ONCE)
    assert claimed(order) > UNITS


def test_one_after_sale_approved_many_times_is_one_refund(app: Flask) -> None:
    order = make_paid_order(2)
    number = ask_back(order)
    outcomes = together(app, [partial(deciding.approve, number, "", None)] * AT_ONCE)
    refusals = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert {type(refusal) for refusal in refusals} == {AfterSaleState}
    assert len(refusals) == AT_ONCE - 1
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Refund)) == 1
    check_invariants()


def approve_or_cancel(number: str, user_id: int, turn: int) -> None:
    if turn % 2:
        applying.cancel(user_id, number)
    else:
        deciding.approve(number, "", None)


def test_cancelled_or_approved_but_not_both(app: Flask) -> None:
    order = make_paid_order(1)
    number = ask_back(order)
    calls: list[Callable[[], None]] = [
        partial(approve_or_cancel, number, order.user_id, turn) for turn in range(AT_ONCE)
    ]
    together(app, calls)
    with transaction() as session:
        status = session.scalars(select(AfterSale.status)).one()
        refunds = session.scalar(select(func.count()).select_from(Refund))
    assert (status, refunds) in {("canceled", 0), ("refunding", 1)}
    check_invariants()


def test_asked_back_or_sent_but_not_both_unnoticed(app: Flask) -> None:
    """Whoever is first wins: what is asked back unsent isn't sent meanwhile."""
    order = make_paid_order(1)
    calls: list[Callable[[], object]] = [
        partial(ask_back, order),
        partial(ship, order.order_no, "ZTO", "A0001"),
    ]
    asked, sent = together(app, calls)
    assert not isinstance(asked, Exception)
    db.session.rollback()
    unsent = db.session.scalars(select(AfterSale.unsent)).one()
    assert isinstance(sent, WaitsForAfterSale) == unsent
    check_invariants()
