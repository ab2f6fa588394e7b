"""What coupons do when something happened to an order."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.coupons import participant
from mall.orders.events import OrderPaid, OrderRefunded
from mall.orders.models import Order


def use_coupons_on_order_paid(session: Session, event: OrderPaid) -> None:
    """A paid order's coupons are used up."""
    participant.use(session, event.order_no)


def give_back_coupons_on_order_refunded(session: Session, event: OrderRefunded) -> None:
    """A completed order stays completed when all of it is refunded; its coupons still go back."""
    order_id = session.scalar(select(Order.id).where(Order.order_no == event.order_no))
    if order_id is not None:
        participant.give_back(session, order_id)
