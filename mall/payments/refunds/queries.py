"""Reads of refunds, for staff."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, text
from sqlalchemy.orm import Session

from mall.kernel.http.paging import Page, decode_cursor, page
from mall.kernel.outbound import OutboundCall
from mall.orders.errors import OrderNotFound
from mall.orders.models import Order
from mall.payments.models import PaymentAttempt, Refund, RefundLine
from mall.payments.refund_writing import REFUND_CALL
from mall.payments.refunds.errors import RefundNotFound

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


def _refunds() -> Statement:
    return (
        select(
            Refund.id,
            Refund.refund_no,
            Refund.out_refund_no,
            Order.order_no,
            PaymentAttempt.out_trade_no,
            Refund.kind,
            Refund.cause,
            Refund.cancellable,
            Refund.status,
            STUCK.label("stuck"),
            Refund.amount_fen,
            Refund.freight_fen,
            Refund.reason,
            Refund.refund_id,
            Refund.error,
            Refund.error_message,
            func.coalesce(OutboundCall.attempts, 0).label("tries"),
            OutboundCall.due_at.label("next_try_at"),
            Refund.created_at,
            Refund.succeeded_at,
        )
        .join(Order, Order.id == Refund.order_id)
        .outerjoin(PaymentAttempt, PaymentAttempt.id == Refund.attempt_id)
        .outerjoin(
            OutboundCall, and_(OutboundCall.kind == REFUND_CALL, OutboundCall.key == Refund.id)
        )
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
