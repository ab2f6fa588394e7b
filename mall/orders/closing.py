"""Closing an unpaid order: the shop's own side of it.

WeChat is asked first (query, then close) by payments, which knows the attempts; a payment
that wins the race leaves `close_unpaid` nothing to do.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.inventory import commands as inventory
from mall.kernel.events import publish
from mall.orders import lines, participants, states
from mall.orders.events import OrderClosed
from mall.orders.models import Order
from mall.orders.participants import OrderRef


def close_unpaid(session: Session, order_no: str, cause: str) -> bool:
    """Close an order that nobody paid: its stock goes back on sale, participants give back.

    `cause` is kept as the reason, for example "expired" or "shopper". False, and nothing
    changed, when the order isn't unpaid (any more).
    """
    order = find(session, order_no)
    if order is None or not states.move(
        session, order.id, states.UNPAID, states.CLOSED, cause, close_reason=cause
    ):
        return False
    inventory.release(
        session, lines.quantities(session, order.id), ref=lines.stock_ref(order.order_no)
    )
    participants.on_cancelling(session, order)
    publish(session, OrderClosed(order.order_no, order.user_id))
    return True


def find(session: Session, order_no: str) -> OrderRef | None:
    """An order by its number; None when there is none."""
    row = session.execute(
        select(Order.id, Order.user_id).where(Order.order_no == order_no)
    ).one_or_none()
    return OrderRef(row.id, order_no, row.user_id) if row else None
