"""What payments erase of a shopper who closed the account: who paid. WeChat's own numbers stay."""

from __future__ import annotations

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from mall.orders.models import Order
from mall.payments.models import PaymentAttempt
from mall.users.erasing import Eraser

ERASED = ""
"""The openid of an attempt whose payer isn't known any more."""


def _erase(session: Session, user_id: int) -> None:
    session.execute(
        update(PaymentAttempt)
        .where(
            PaymentAttempt.order_id.in_(select(Order.id).where(Order.user_id == user_id)),
            PaymentAttempt.openid != ERASED,
        )
        .values(openid=ERASED, request=text("request - 'payer'")),
        execution_options={"synchronize_session": False},
    )


PAYERS = Eraser(
    "payments",
    _erase,
    """
    EXISTS (SELECT 1 FROM orders o JOIN payment_attempts a ON a.order_id = o.id
            WHERE o.user_id = u.id AND a.openid <> '')
    """,
    at_once=False,
)
