"""How the shipping report names an order: by the payment that paid for it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.payments.models import PaymentAttempt
from mall.shipping.shipping_report import OrderKey


def order_key(session: Session, order_id: int) -> OrderKey | None:
    """The WeChat payment of an order and its payer; None when none paid for it."""
    paid = session.execute(
        select(PaymentAttempt.transaction_id, PaymentAttempt.openid).where(
            PaymentAttempt.order_id == order_id, PaymentAttempt.status == "succeeded"
        )
    ).one_or_none()
    return None if paid is None else OrderKey(paid.transaction_id, paid.openid)
