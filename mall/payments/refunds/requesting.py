"""Asking for a refund of a paid order, in part or in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.orders.errors import RefundNotPossible
from mall.orders.locking import lock_order
from mall.orders.models import OrderLine
from mall.orders.refunding import reserve_refund
from mall.payments.models import PaymentAttempt, RefundLine
from mall.payments.refund_writing import write_refund
from mall.payments.refunds.audit import audit_refund
from mall.payments.refunds.errors import OrderNotRefundable


@dataclass(frozen=True)
class RequestedLine:
    """Units of an order line to give back. No amount: their share of what was paid for it."""

    line_id: int
    quantity: int
    amount_fen: int | None = None


def request_refund(
    order_no: str,
    lines: Sequence[RequestedLine],
    freight_fen: int,
    reason: str,
    *,
    trail: Mapping[str, Any] | None = None,
) -> str:
    """Reserve a refund in the order and let it be sent; its refund_no. All or nothing.

    Amounts in fen. `trail` is what the audit row says besides (who approved, for whom).
    Errors: OrderNotFound, OrderStateConflict, OrderNotRefundable, RefundNotPossible (more than
    is left of the order, a line or the freight).
    """
    with transaction() as session:
        order = lock_order(session, order_no)
        priced = priced_lines(session, order.id, lines)
        amount_fen = reserve_refund(session, order_no, priced, freight_fen)
        attempt = session.scalar(
            select(PaymentAttempt).where(
                PaymentAttempt.order_id == order.id, PaymentAttempt.status == "succeeded"
            )
        )
        if attempt is None:
            raise OrderNotRefundable
        refund_id = write_refund(
            session,
            order_id=order.id,
            attempt=attempt,
            kind="staff",
            amount_fen=amount_fen,
            freight_fen=freight_fen,
            reason=reason,
        )
        _write_lines(session, refund_id, priced)
        after = {"order_no": order_no, "reason": reason, **(trail or {})}
        return audit_refund(session, "refund.request", refund_id, after=after)


def priced_lines(
    session: Session, order_id: int, lines: Sequence[RequestedLine]
) -> list[tuple[int, int, int]]:
    """(line id, units, fen) of lines: the amount that staff said, else the units' share.

    Raises RefundNotPossible for a line of another order, or one that is named twice.
    """
    if len({line.line_id for line in lines}) != len(lines):
        raise RefundNotPossible(param="lines")
    found = {
        line.id: line
        for line in session.scalars(
            select(OrderLine)
            .where(OrderLine.order_id == order_id)
            .execution_options(populate_existing=True)
        )
    }
    if any(line.line_id not in found for line in lines):
        raise RefundNotPossible(param="lines")
    return [
        (
            line.line_id,
            line.quantity,
            share_of(found[line.line_id], line.quantity)
            if line.amount_fen is None
            else line.amount_fen,
        )
        for line in lines
    ]


def share_of(line: OrderLine, units: int) -> int:
    """The next `units` of a line in fen, so that all its units together give back all of it."""
    before, after = line.refunded_quantity, line.refunded_quantity + units
    left = line.payable_fen - line.refunded_fen
    if after >= line.quantity:
        return left
    share = line.payable_fen * after // line.quantity - line.payable_fen * before // line.quantity
    return min(share, left)


def _write_lines(session: Session, refund_id: int, lines: list[tuple[int, int, int]]) -> None:
    rows = [
        {"refund_id": refund_id, "order_line_id": i, "quantity": units, "amount_fen": fen}
        for i, units, fen in lines
    ]
    if rows:
        session.execute(insert(RefundLine), rows)
