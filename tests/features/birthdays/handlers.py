"""What birthdays do about events."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.orders.events import OrderPaid
from mall.orders.models import Order
from tests.features.birthdays import commands


def mark_discount_on_order_paid(session: Session, event: OrderPaid) -> None:
    """The discount of a paid order is used for good."""
    order_id = session.scalar(select(Order.id).where(Order.order_no == event.order_no))
    if order_id is not None:
        commands.mark_paid(session, order_id)
