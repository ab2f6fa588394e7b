"""Several staff members ship the same unit at once: it leaves once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from flask import Flask
from sqlalchemy import select, update

from mall.kernel.db import db, transaction
from mall.kernel.errors import MallError
from mall.orders.models import Order, OrderLine
from mall.shipping import commands
from mall.shipping.bulk import BulkShipping, ship_in_bulk
from mall.shipping.bulk_sheet import ParcelRow
from mall.shipping.models import Shipment, ShipmentLine
from tests.support.invariants import rows_of
from tests.support.races import slow_writes, together, without_row_locks
from tests.support.shipping import TestOrder, make_paid_order

STAFF = 8


def at_once(app: Flask, act: Callable[[int], None]) -> list[str]:
    """Run `act` in that many threads from one barrier; what each came to."""
    barrier = threading.Barrier(STAFF)
    outcomes: list[str] = []

    def run(number: int) -> None:
        with app.app_context():
            barrier.wait()
            try:
                act(number)
                outcomes.append("ok")
            except MallError as refusal:
                outcomes.append(refusal.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(STAFF)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


def test_a_unit_leaves_once(app: Flask) -> None:
    order = make_paid_order(1)
    (line,) = order.line_ids
    outcomes = at_once(
        app, lambda n: void(commands.ship(order.order_no, "ZTO", f"A{n:04}", {line: 1}))
    )
    assert sorted(outcomes) == ["ok"] + ["order_state"] * (STAFF - 1)
    assert recorded(order) == (1, 1)


def test_units_of_a_line_are_shared_out_exactly(app: Flask) -> None:
    order = make_paid_order(5, 1)
    (line, _) = order.line_ids
    outcomes = at_once(
        app, lambda n: void(commands.ship(order.order_no, "ZTO", f"A{n:04}", {line: 1}))
    )
    assert sorted(outcomes) == ["ok"] * 5 + ["units_not_shippable"] * (STAFF - 5)
    assert recorded(order) == (5, 5)


def test_control_without_the_guard_a_unit_leaves_more_than_once(app: Flask) -> None:
    order = make_paid_order(1)
    (line,) = order.line_ids
    looked = threading.Barrier(STAFF)

    def careless(_: int) -> None:
        with transaction() as session:
            row = session.execute(
                select(OrderLine.quantity, OrderLine.shipped_quantity).where(OrderLine.id == line)
            ).one()
            looked.wait()
            assert row.shipped_quantity < row.quantity
            session.execute(
                update(OrderLine)
                .where(OrderLine.id == line)
                .values(shipped_quantity=row.shipped_quantity + 1)
            )

    assert at_once(app, careless) == ["ok"] * STAFF


def recorded(order: TestOrder) -> tuple[int, int]:
    """Units counted on the order's lines and units in its parcels."""
    counted = db.session.scalars(
        select(OrderLine.shipped_quantity).where(OrderLine.order_id == order.id)
    ).all()
    packed = db.session.scalars(
        select(ShipmentLine.quantity)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .where(Shipment.order_id == order.id)
    ).all()
    return sum(counted), sum(packed)


def void(_: object) -> None:
    """Drop a result."""


def test_one_sheet_uploaded_twice_at_once_ships_each_order_once(app: Flask) -> None:
    rows = sheet_of(6)
    with slow_writes("shipments", seconds=0.03):
        reports = [*together(app, [lambda: ship_in_bulk(rows)] * 3)]
    assert shipped_and_refused(reports) == (6, 0)
    assert not rows_of("I3e")


def test_control_without_the_lock_the_second_upload_is_refused_what_is_there(app: Flask) -> None:
    rows = [one_by_one(row) for row in sheet_of(2)]
    with slow_writes("shipments", seconds=0.1), without_row_locks("orders"):
        shipped, refused = shipped_and_refused(together(app, [lambda: ship_in_bulk(rows)] * 3))
    assert shipped == 2, "the table lets no parcel in twice"
    assert refused > 0


def sheet_of(orders: int) -> list[ParcelRow]:
    """A sheet of so many paid orders."""
    numbers = [make_paid_order(1).order_no for _ in range(orders)]
    return [ParcelRow(n, order_no, "ZTO", f"A{n:04}") for n, order_no in enumerate(numbers, 2)]


def one_by_one(row: ParcelRow) -> ParcelRow:
    """The same row for the path of single orders: it says what is in the parcel."""
    find = select(OrderLine.sku_code).join(Order, Order.id == OrderLine.order_id)
    (sku_code,) = db.session.scalars(find.where(Order.order_no == row.order_no))
    return replace(row, sku_code=sku_code, units=1)


def shipped_and_refused(reports: Iterable[BulkShipping | Exception]) -> tuple[int, int]:
    """How many rows were shipped, and refused, by all uploads together."""
    counts = Counter[str]()
    for report in reports:
        assert isinstance(report, BulkShipping), report
        counts.update(result.state for result in report.results)
    return counts["shipped"], counts["refused"]
