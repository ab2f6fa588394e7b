"""Facts about orders that change what they earn."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.aftersales.events import OrderSettled
from mall.orders.events import OrderPaid, OrderRefunded
from mall.points.earning.keeping import keep


def keep_up(session: Session, event: OrderPaid | OrderRefunded | OrderSettled) -> None:
    """Whichever it was: what the order earns follows from how the order stands."""
    keep(session, event.order_no)
