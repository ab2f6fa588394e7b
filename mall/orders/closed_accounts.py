"""Unfinished orders hinder a shopper from closing the account."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.orders import states
from mall.orders.models import Order
from mall.users.closing import ClosingCheck

_UNFINISHED = (states.UNPAID, states.PAID, states.SHIPPED)


def _unfinished(session: Session, user_id: int) -> str | None:
    count = session.scalar(
        select(func.count()).where(Order.user_id == user_id, Order.status.in_(_UNFINISHED))
    )
    return f"还有 {count} 笔订单未完成" if count else None


UNFINISHED_ORDERS = ClosingCheck("orders", _unfinished)
