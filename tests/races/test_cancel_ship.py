"""A paid order is cancelled and sent at once: each unit leaves or is on sale again, not both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from threading import Event

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mall.kernel.db import db, transaction
from mall.orders import fulfilling
from mall.orders.errors import OrderStateConflict, RefundNotPossible, UnitsNotShippable
from mall.orders.models import OrderLine
from mall.orders.refunding import reserve_refund, settle_refund
from mall.shipping.commands import ship
from tests.support.invariants import rows_of
from tests.support.races import slow_writes, together, without, without_row_locks
from tests.support.shipping import TestOrder, make_paid_order
from tests.support.waiting import eventually

UNITS, PRICE_FEN = 2, 9900


def cancel_rest(order: TestOrder) -> None:
    """All of it goes back, and WeChat pays at once."""
    lines = [(order.line_ids[0], UNITS, UNITS * PRICE_FEN)]
    with transaction() as session:
        reserve_refund(session, order.order_no, lines, 0, "staff")
        settle_refund(session, order.order_no, lines, 0, in_all=lines)


def both(app: Flask, order: TestOrder) -> list[object]:
    calls: list[Callable[[], object]] = [
        partial(cancel_rest, order),
        partial(ship, order.order_no, "ZTO", "A0001"),
        partial(cancel_rest, order),
        partial(ship, order.order_no, "ZTO", "A0002"),
    ]
    return list(together(app, calls))


def units_of(order: TestOrder) -> tuple[int, int]:
    """(sent, on sale again)."""
    db.session.rollback()
    row = db.session.execute(
        select(OrderLine.shipped_quantity, OrderLine.restocked_quantity).where(
            OrderLine.order_id == order.id
        )
    ).one()
    return row.shipped_quantity, row.restocked_quantity


def lost_units() -> bool:
    return bool(rows_of("I3e"))


@pytest.mark.parametrize("slow", ["orders", "order_lines", "shipments"])
def test_cancelled_or_sent_but_not_both(app: Flask, slow: str) -> None:
    order = make_paid_order(UNITS, price_fen=PRICE_FEN)
    with slow_writes(slow):
        outcomes = both(app, order)
    refusals = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    expected = (OrderStateConflict, RefundNotPossible, UnitsNotShippable)
    assert all(isinstance(refusal, expected) for refusal in refusals), refusals
    assert units_of(order) in {(UNITS, 0), (0, UNITS)}
    assert not lost_units()


def send_without_asking(
    decided: Event, session: Session, order_id: int, units: Mapping[int, int]
) -> None:
    """What the condition of the UPDATE keeps from happening: they have gone back meanwhile."""
    find = text("SELECT sum(restocked_quantity) FROM order_lines WHERE order_id = :id")
    decided.set()
    eventually(lambda: bool(session.scalar(find, {"id": order_id})))
    for line_id, count in units.items():
        session.execute(
            text("UPDATE order_lines SET shipped_quantity = shipped_quantity + :n WHERE id = :i"),
            {"n": count, "i": line_id},
        )


def test_control_without_lock_and_condition_units_leave_and_are_on_sale(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided = Event()

    def cancel_then() -> None:
        assert decided.wait(30)
        cancel_rest(order)

    monkeypatch.setattr(fulfilling, "_send", partial(send_without_asking, decided))
    order = make_paid_order(UNITS, price_fen=PRICE_FEN)
    guard = "ck_order_lines_units"
    (rule,) = db.session.scalars(
        text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"),
        {"name": guard},
    )
    restore = f"ALTER TABLE order_lines ADD CONSTRAINT {guard} {rule}"
    with (
        without(f"ALTER TABLE order_lines DROP CONSTRAINT {guard}", restore, table="orders"),
        without_row_locks("orders"),
    ):
        calls: list[Callable[[], object]] = [
            partial(ship, order.order_no, "ZTO", "A0001"),
            cancel_then,
        ]
        assert together(app, calls)[1] is None
        assert units_of(order) == (UNITS, UNITS)
        assert lost_units()
