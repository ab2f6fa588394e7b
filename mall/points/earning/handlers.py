"""Facts about orders that change what they earn."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.aftersales.events import OrderSettled
from mall.orders.events import OrderPaid, OrderRefunded, SettledOrderReduced
from mall.points.earning.keeping import keep


def keep_on_order_paid(session: Session, event: OrderPaid) -> None:
    keep(session, event.order_no)


def keep_on_order_refunded(session: Session, event: OrderRefunded) -> None:
    keep(session, event.order_no)


def keep_on_order_settled(session: Session, event: OrderSettled) -> None:
    keep(session, event.order_no)


def keep_on_settled_order_reduced(session: Session, event: SettledOrderReduced) -> None:
    keep(session, event.order_no)
