"""Money that goes back hinders a shopper from closing the account."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.orders.models import Order
from mall.payments.models import Refund
from mall.users.closing import ClosingCheck


def _under_way(session: Session, user_id: int) -> str | None:
    count = session.scalar(
        select(func.count())
        .select_from(Refund)
        .join(Order, Order.id == Refund.order_id)
        .where(Order.user_id == user_id, Refund.status.not_in(("succeeded", "canceled")))
    )
    return f"还有 {count} 笔退款未到账" if count else None


REFUNDS_UNDER_WAY = ClosingCheck("refunds", _under_way)
