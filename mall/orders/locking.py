"""An order's head, held: what comes first in the lock order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.orders.models import Order


@dataclass(frozen=True, slots=True)
class HeldOrder:
    """What other features ask of an order that they hold; `now` is the database's clock."""

    id: int
    order_no: str
    user_id: int
    status: str
    freight_fen: int
    freight_refunded_fen: int
    completed_at: datetime | None
    now: datetime


def hold(session: Session, order_no: str) -> HeldOrder | None:
    """The order, locked until the commit; None for an unknown number."""
    row = session.execute(
        select(
            Order.id,
            Order.order_no,
            Order.user_id,
            Order.status,
            Order.freight_fen,
            Order.freight_refunded_fen,
            Order.completed_at,
            func.clock_timestamp(),
        )
        .where(Order.order_no == order_no)
        .with_for_update()
    ).one_or_none()
    return HeldOrder(*row) if row else None
