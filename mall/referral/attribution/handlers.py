"""Orders that are paid, of whichever kind, are attributed by their event."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.orders.events import OrderPaid
from mall.referral.attribution.attributing import attribute


def attribute_paid_order(session: Session, event: OrderPaid) -> None:
    """An order is paid: to whom does it belong?"""
    attribute(session, event.order_no)
