"""Closing an unpaid order: the shop's own side of it.

WeChat is asked first (query, then close) by payments, which knows the attempts; a payment
that wins the race leaves `close_unpaid` nothing to do.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.inventory import commands as inventory
from mall.kernel.events import publish
from mall.orders import participants, states
from mall.orders.errors import OrderNotFound
from mall.orders.events import OrderClosed
from mall.orders.lines import stock_ref
from mall.orders.placed import read_placed


def close_unpaid(session: Session, order_no: str, cause: str) -> bool:
    """Close an order that nobody paid: its stock goes back on sale, participants give back.

    `cause` is kept as the reason, for example "expired" or "shopper". The caller has locked
    the order. False, and nothing changed, when the order isn't unpaid (any more), or doesn't
    exist.
    """
    try:
        order = read_placed(session, order_no)
    except OrderNotFound:
        return False
    if not states.move(session, order.id, states.UNPAID, states.CLOSED, cause, close_reason=cause):
        return False
    participants.lock(session, order)
    inventory.release(session, order.units, ref=stock_ref(order.order_no))
    participants.on_cancelling(session, order)
    publish(session, OrderClosed(order.order_no, order.user_id))
    return True
