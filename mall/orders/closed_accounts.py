"""What orders do when a shopper closes the account: unfinished ones hinder, the rest is kept
without its address."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mall.orders import states
from mall.orders.models import Order
from mall.users.closing import ClosingCheck
from mall.users.erasing import Eraser

_UNFINISHED = (states.UNPAID, states.PAID, states.SHIPPED)


def _unfinished(session: Session, user_id: int) -> str | None:
    count = session.scalar(
        select(func.count()).where(Order.user_id == user_id, Order.status.in_(_UNFINISHED))
    )
    return f"还有 {count} 笔订单未完成" if count else None


def _erase(session: Session, user_id: int) -> None:
    session.execute(
        update(Order)
        .where(Order.user_id == user_id)
        .values(
            address_sealed=None, receiver_index=None, phone_index=None, remark="", staff_note=""
        )
    )


UNFINISHED_ORDERS = ClosingCheck("orders", _unfinished)
ADDRESSES = Eraser(
    "orders",
    _erase,
    """
    EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id
            AND (o.address_sealed IS NOT NULL OR o.remark <> '' OR o.staff_note <> ''))
    """,
    at_once=False,
)
