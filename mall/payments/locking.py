"""Rows in the order in which they are locked: the order, then what belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.orders.models import Order
from mall.payments.models import PaymentAttempt


@dataclass(frozen=True, slots=True)
class OrderHead:
    """What payments needs to know of an order; `expired` by the database's clock."""

    id: int
    order_no: str
    user_id: int
    status: str
    payable_fen: int
    expires_at: datetime
    paid_at: datetime | None
    expired: bool


_HEAD = select(
    Order.id,
    Order.order_no,
    Order.user_id,
    Order.status,
    Order.payable_fen,
    Order.expires_at,
    Order.paid_at,
    Order.expires_at <= func.clock_timestamp(),
).with_for_update()


def lock_order(session: Session, order_id: int) -> OrderHead:
    """The head of an order, held until the commit."""
    return OrderHead(*session.execute(_HEAD.where(Order.id == order_id)).one())


def lock_order_of(session: Session, user_id: int, order_no: str) -> OrderHead | None:
    """The head of a shopper's own order, held until the commit; None when it isn't theirs."""
    row = session.execute(
        _HEAD.where(Order.order_no == order_no, Order.user_id == user_id)
    ).one_or_none()
    return OrderHead(*row) if row else None


def lock_attempt(session: Session, out_trade_no: str) -> tuple[OrderHead, PaymentAttempt] | None:
    """An attempt and the order that it is for, both held; None for an unknown number."""
    order_id = session.scalar(
        select(PaymentAttempt.order_id).where(PaymentAttempt.out_trade_no == out_trade_no)
    )
    if order_id is None:
        return None
    order = lock_order(session, order_id)
    attempt = session.scalars(
        select(PaymentAttempt)
        .where(PaymentAttempt.out_trade_no == out_trade_no)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    return order, attempt


def live_attempts(session: Session, order_id: int) -> Sequence[PaymentAttempt]:
    """What the shopper may still pay for an order: none or one."""
    return session.scalars(
        select(PaymentAttempt)
        .where(
            PaymentAttempt.order_id == order_id,
            PaymentAttempt.status.in_(("created", "prepaid")),
        )
        .execution_options(populate_existing=True)
    ).all()
