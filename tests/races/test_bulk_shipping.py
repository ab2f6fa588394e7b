"""A sheet sends orders in a batch while others cancel them: each unit leaves or is on sale."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from threading import Event

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel.db import db
from mall.orders import sending_many
from mall.orders.errors import OrderStateConflict, RefundNotPossible, UnitsNotShippable
from mall.orders.placed import PlacedOrder, read_many_placed
from mall.shipping.bulk import ship_in_bulk
from mall.shipping.bulk_sheet import ParcelRow
from tests.races.test_cancel_ship import PRICE_FEN, UNITS, cancel_rest, lost_units, units_of
from tests.support.races import slow_writes, together, without, without_row_locks
from tests.support.shipping import TestOrder, make_paid_order
from tests.support.waiting import eventually

CARELESS = text(
    """
    UPDATE order_lines SET shipped_quantity = quantity
    WHERE order_id = ANY(CAST(:order_ids AS bigint[])) RETURNING order_id, id, quantity AS units
    """
)


def sheet_of(orders: list[TestOrder]) -> list[ParcelRow]:
    return [ParcelRow(n, one.order_no, "ZTO", f"A{n:04}") for n, one in enumerate(orders, 2)]


@pytest.mark.parametrize("slow", ["orders", "order_lines", "shipments"])
def test_cancelled_or_sent_but_not_both(app: Flask, slow: str) -> None:
    orders = [make_paid_order(UNITS, price_fen=PRICE_FEN) for _ in range(3)]
    calls: list[Callable[[], object]] = [partial(cancel_rest, one) for one in orders]
    calls += [partial(ship_in_bulk, sheet_of(orders))] * 2
    with slow_writes(slow, seconds=0.05):
        outcomes = together(app, calls)
    refusals = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    expected = (OrderStateConflict, RefundNotPossible, UnitsNotShippable)
    assert all(isinstance(refusal, expected) for refusal in refusals), refusals
    for order in orders:
        assert units_of(order) in {(UNITS, 0), (0, UNITS)}
    assert not lost_units()


def test_control_without_lock_and_condition_units_leave_and_are_on_sale(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = make_paid_order(UNITS, price_fen=PRICE_FEN)
    decided = Event()

    def cancel_then() -> None:
        assert decided.wait(30)
        cancel_rest(order)

    def read_then_wait(session: Session, order_ids: Collection[int]) -> list[PlacedOrder]:
        found = read_many_placed(session, order_ids)
        decided.set()
        restocked = text("SELECT sum(restocked_quantity) FROM order_lines WHERE order_id = :id")
        eventually(lambda: bool(session.scalar(restocked, {"id": order.id})))
        return found

    monkeypatch.setattr(sending_many, "read_many_placed", read_then_wait)
    monkeypatch.setattr(sending_many, "_SEND", CARELESS)
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
            partial(ship_in_bulk, sheet_of([order])),
            cancel_then,
        ]
        assert together(app, calls)[1] is None
        assert units_of(order) == (UNITS, UNITS)
        assert lost_units()
