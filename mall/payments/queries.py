"""Reads for shoppers and staff."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, text
from sqlalchemy.orm import Session, aliased

from mall.kernel.http.paging import Page, decode_cursor, page
from mall.orders.errors import OrderNotFound
from mall.orders.models import Order
from mall.payments.errors import RefundNotFound
from mall.payments.models import (
    OrderClosing,
    PaymentAttempt,
    PaymentDiscrepancy,
    Refund,
    RefundLine,
)

Statement = Select[*tuple[Any, ...]]

STUCK: ColumnElement[bool] = or_(
    Refund.status.in_(("abnormal", "closed", "failed")),
    and_(Refund.status == "pending", Refund.error.is_not(None)),
    and_(
        Refund.status == "sent",
        Refund.created_at < func.now() - text("interval '3 days'"),
    ),
)
"""Refunds that staff should look at."""


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


def _refunds() -> Statement:
    return (
        select(
            Refund.id,
            Refund.refund_no,
            Refund.out_refund_no,
            Order.order_no,
            PaymentAttempt.out_trade_no,
            Refund.kind,
            Refund.status,
            STUCK.label("stuck"),
            Refund.amount_fen,
            Refund.freight_fen,
            Refund.reason,
            Refund.refund_id,
            Refund.error,
            Refund.tries,
            Refund.next_try_at,
            Refund.created_at,
            Refund.succeeded_at,
        )
        .join(Order, Order.id == Refund.order_id)
        .join(PaymentAttempt, PaymentAttempt.id == Refund.attempt_id)
    )


def refunds(
    session: Session,
    *,
    stuck: bool | None,
    status: str | None,
    order_no: str | None,
    cursor: str | None,
    limit: int,
) -> Page[dict[str, Any]]:
    """Refunds, newest first. Raises ValidationFailed for a made-up cursor."""
    statement = _refunds()
    if stuck is not None:
        statement = statement.where(STUCK if stuck else ~STUCK)
    if status is not None:
        statement = statement.where(Refund.status == status)
    if order_no is not None:
        statement = statement.where(Order.order_no == order_no)
    after = decode_cursor(cursor, (int,))
    if after:
        statement = statement.where(Refund.id < after[0])
    found = _with_lines(session, statement.order_by(Refund.id.desc()).limit(limit + 1))
    return page(found, limit, lambda row: (row["id"],))


def refund_by_no(session: Session, refund_no: str) -> dict[str, Any]:
    """One refund. Raises RefundNotFound."""
    found = _with_lines(session, _refunds().where(Refund.refund_no == refund_no))
    if not found:
        raise RefundNotFound
    return found[0]


def _with_lines(session: Session, statement: Statement) -> list[dict[str, Any]]:
    rows = session.execute(statement).mappings().all()
    lines: dict[int, list[dict[str, int]]] = defaultdict(list)
    found = session.execute(
        select(
            RefundLine.refund_id,
            RefundLine.order_line_id,
            RefundLine.quantity,
            RefundLine.amount_fen,
        )
        .where(RefundLine.refund_id.in_([row["id"] for row in rows]))
        .order_by(RefundLine.order_line_id)
    )
    for line in found:
        lines[line.refund_id].append(
            {
                "line_id": line.order_line_id,
                "quantity": line.quantity,
                "amount_fen": line.amount_fen,
            }
        )
    return [{**row, "lines": lines[row["id"]]} for row in rows]


def payments_of(session: Session, order_no: str) -> dict[str, Any]:
    """Every attempt and refund of an order, oldest first. Raises OrderNotFound."""
    order_id = session.scalar(select(Order.id).where(Order.order_no == order_no))
    if order_id is None:
        raise OrderNotFound
    attempts = session.scalars(
        select(PaymentAttempt)
        .where(PaymentAttempt.order_id == order_id)
        .order_by(PaymentAttempt.id)
        .execution_options(populate_existing=True)
    ).all()
    given_back = _with_lines(
        session, _refunds().where(Refund.order_id == order_id).order_by(Refund.id)
    )
    return {"order_no": order_no, "attempts": attempts, "refunds": given_back}


def discrepancies(session: Session, cursor: str | None, limit: int) -> Page[PaymentDiscrepancy]:
    """What WeChat said that doesn't fit our books, newest first."""
    statement = select(PaymentDiscrepancy)
    after = decode_cursor(cursor, (int,))
    if after:
        statement = statement.where(PaymentDiscrepancy.id < after[0])
    rows: Sequence[PaymentDiscrepancy] = session.scalars(
        statement.order_by(PaymentDiscrepancy.id.desc()).limit(limit + 1)
    ).all()
    return page(rows, limit, lambda row: (row.id,))
