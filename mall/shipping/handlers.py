"""What shipping does when something happened to an order."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.orders.events import OrderCompleted, OrderShipped
from mall.orders.kinds import kind_named
from mall.orders.models import Order
from mall.shipping import shipping_report


def complete_report_on_order_shipped(session: Session, event: OrderShipped) -> None:
    """An order counts as shipped also when what was left of it is refunded: WeChat, which
    waits for a last parcel, has to hear that none follows."""
    order_id = session.scalar(select(Order.id).where(Order.order_no == event.order_no))
    if order_id is not None:
        shipping_report.enqueue_completed(session, order_id)


def report_delivered_on_order_completed(session: Session, event: OrderCompleted) -> None:
    """What isn't sent in parcels is reported as virtual goods, once it was delivered."""
    order = session.execute(
        select(Order.id, Order.kind, Order.payable_fen).where(Order.order_no == event.order_no)
    ).one()
    if not kind_named(order.kind).ships and order.payable_fen > 0:
        shipping_report.enqueue(session, order.id, split=False, complete=True)
