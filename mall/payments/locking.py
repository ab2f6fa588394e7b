"""Rows in the order in which they are locked: the order, then what belongs to it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from mall.orders.locking import LockedOrder, lock_order_by_id
from mall.payments.models import OrderClosing, PaymentAttempt


def lock_attempt(session: Session, out_trade_no: str) -> tuple[LockedOrder, PaymentAttempt] | None:
    """An attempt and the order that it is for, both held; None for an unknown number."""
    order_id = session.scalar(
        select(PaymentAttempt.order_id).where(PaymentAttempt.out_trade_no == out_trade_no)
    )
    if order_id is None:
        return None
    order = lock_order_by_id(session, order_id)
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


def is_closing(session: Session, order_id: int) -> bool:
    """Somebody cancelled the order, or its time is up: no payment of it is started any more."""
    return bool(session.scalar(select(exists().where(OrderClosing.order_id == order_id))))
