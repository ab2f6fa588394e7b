"""Reads for shoppers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from mall.orders.errors import OrderNotFound
from mall.orders.models import Order
from mall.payments.models import OrderClosing, PaymentAttempt


@dataclass(frozen=True)
class PaymentState:
    """What a shopper is told about the payment of an order."""

    order_id: int
    order_no: str
    order_status: str
    amount_fen: int
    expires_at: datetime
    paid_at: datetime | None
    replaced_by_order_no: str | None
    status: str


def payment_state(session: Session, user_id: int, order_no: str) -> PaymentState:
    """How it stands with a shopper's own order, by our books. Raises OrderNotFound."""
    successor = aliased(Order)
    row = session.execute(
        select(
            Order.id,
            Order.status,
            Order.payable_fen,
            Order.expires_at,
            Order.paid_at,
            successor.order_no.label("successor_no"),
            exists().where(OrderClosing.order_id == Order.id).label("closing"),
            exists()
            .where(PaymentAttempt.order_id == Order.id, PaymentAttempt.status == "refunded")
            .label("returned"),
        )
        .outerjoin(successor, successor.replaces_order_id == Order.id)
        .where(Order.order_no == order_no, Order.user_id == user_id)
    ).one_or_none()
    if row is None:
        raise OrderNotFound
    return PaymentState(
        row.id,
        order_no,
        row.status,
        row.payable_fen,
        row.expires_at,
        row.paid_at,
        row.successor_no,
        _status(row),
    )


def _status(row: Any) -> str:
    if row.status == "unpaid":
        return "closing" if row.closing else "unpaid"
    if row.status != "closed":
        return "paid"
    if row.successor_no is not None:
        return "replaced"
    if row.paid_at is not None:
        return "refunded"
    return "returned" if row.returned else "closed"
