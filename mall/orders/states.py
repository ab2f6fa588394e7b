"""The states of an order: the table of what may follow what, and the one way to move.

A closed order is never revived: a payment that comes too late makes a new order or a
refund. A completed order stays completed when it is refunded.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.orm import Session

from mall.orders.models import Order, OrderTransition

UNPAID = "unpaid"
PAID = "paid"
SHIPPED = "shipped"
COMPLETED = "completed"
CLOSED = "closed"
ALL = (UNPAID, PAID, SHIPPED, COMPLETED, CLOSED)
LABELS = {
    UNPAID: "待付款",
    PAID: "待发货",
    SHIPPED: "已发货",
    COMPLETED: "已完成",
    CLOSED: "已关闭",
}
"""What staff read in sheets."""

TRANSITIONS: dict[str | None, frozenset[str]] = {
    None: frozenset({UNPAID}),
    UNPAID: frozenset({PAID, CLOSED}),
    # Goods that don't leave in parcels (a service, a code) are completed as they are delivered.
    PAID: frozenset({SHIPPED, COMPLETED, CLOSED}),
    SHIPPED: frozenset({COMPLETED, CLOSED}),
    COMPLETED: frozenset(),
    CLOSED: frozenset(),
}

_STAMPS = {PAID: "paid_at", SHIPPED: "shipped_at", COMPLETED: "completed_at", CLOSED: "closed_at"}


def move(
    session: Session, order_id: int, from_status: str, to_status: str, cause: str, **values: Any
) -> bool:
    """Move an order from one state to the next and note it in its history.

    False, and nothing changed, when the order isn't in `from_status` (any more).
    `values` are further columns to set; the state's time stamp is set by itself.
    Raises ValueError for a step that isn't in the table: a fault of the caller.
    """
    if to_status not in TRANSITIONS[from_status]:
        raise ValueError(f"an order doesn't go from {from_status} to {to_status}")
    stamps: dict[str, Any] = {_STAMPS[to_status]: func.clock_timestamp(), "status": to_status}
    if to_status == CLOSED:
        stamps["hold_reason"] = None
    moved = (
        update(Order)
        .where(Order.id == order_id, Order.status == from_status)
        .values({**stamps, **values})
        .returning(Order.id)
        .cte("moved")
    )
    step = select(moved.c.id, literal(from_status), literal(to_status), literal(cause))
    noted = session.execute(
        insert(OrderTransition)
        .from_select(["order_id", "from_status", "to_status", "cause"], step)
        .returning(OrderTransition.order_id)
    )
    return noted.first() is not None
