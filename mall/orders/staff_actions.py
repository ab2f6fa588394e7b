"""What staff do with orders besides shipping and refunding; each leaves an audit row."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import update

from mall.kernel.db import db, transaction
from mall.orders import queries
from mall.orders.export import order_rows
from mall.orders.locking import lock_order
from mall.orders.models import Order
from mall.orders.queries import OrderDetail, OrderFilter
from mall.staff.audit import record


def open_order(order_no: str) -> OrderDetail:
    """An order with the receiver's address. Reading it leaves an audit row.

    Raises OrderNotFound.
    """
    with transaction() as session:
        found = queries.detail(session, order_no)
        record(session, action="order.open", target_type="order", target_id=order_no)
        return found


def note(order_no: str, text: str) -> None:
    """Keep a note for other staff with the order. Raises OrderNotFound."""
    with transaction() as session:
        order = lock_order(session, order_no)
        session.execute(update(Order).where(Order.id == order.id).values(staff_note=text))
        record(
            session,
            action="order.note",
            target_type="order",
            target_id=order_no,
            before={"staff_note": order.staff_note},
            after={"staff_note": text},
        )


def export(wanted: OrderFilter, *, costs: bool) -> Iterator[tuple[str, ...]]:
    """The rows of a sheet of these orders, with cost prices or without. The export leaves an
    audit row."""
    with transaction() as session:
        record(
            session, action="order.export", target_type="order", target_id="*", after=wanted.used()
        )
    return order_rows(db.engine, wanted, costs=costs)
