"""What staff do about refunds: ask for one, try a stuck one again, call one off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.jobs import defer
from mall.orders.errors import OrderNotFound, RefundNotPossible
from mall.orders.models import Order, OrderLine
from mall.orders.refunding import cancel_refund, reserve_refund
from mall.payments.deadlines import in_seconds
from mall.payments.errors import (
    OrderNotRefundable,
    RefundNotCancellable,
    RefundNotFound,
    RefundNotRetryable,
)
from mall.payments.locking import lock_order
from mall.payments.models import PaymentAttempt, Refund, RefundLine
from mall.payments.numbers import out_refund_no
from mall.payments.refund_results import order_lines, order_no_of
from mall.payments.returning import SEND_REFUND, refund_request, write_refund
from mall.payments.states import move_refund
from mall.staff.audit import record


@dataclass(frozen=True)
class WantedLine:
    """Units of an order line to give back. No amount: their share of what was paid for it."""

    line_id: int
    quantity: int
    amount_fen: int | None = None


def request_refund(
    order_no: str, lines: Sequence[WantedLine], freight_fen: int, reason: str
) -> str:
    """Set a refund aside and send it off; its refund_no. All or nothing.

    Amounts in fen. Errors: OrderNotFound, OrderStateConflict, OrderNotRefundable,
    RefundNotPossible (more than is left of the order, a line or the freight).
    """
    with transaction() as session:
        order = session.execute(
            select(Order.id).where(Order.order_no == order_no).with_for_update()
        ).one_or_none()
        if order is None:
            raise OrderNotFound
        priced = _priced(session, order.id, lines)
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
        refund = _refund(session, refund_id)
        _audit(session, "refund.request", refund, after={"order_no": order_no, "reason": reason})
        return refund.refund_no


def _priced(
    session: Session, order_id: int, lines: Sequence[WantedLine]
) -> list[tuple[int, int, int]]:
    """Lines with their amounts: what staff said, else the units' share of the line."""
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


def retry_refund(refund_no: str) -> None:
    """Try a refund again now. What WeChat closed is asked for under a new number.

    A refund under way or abnormal is only asked about. Errors: RefundNotFound,
    RefundNotRetryable (done, or called off).
    """
    with transaction() as session:
        refund = _locked(session, refund_no)
        before = {"status": refund.status, "out_refund_no": refund.out_refund_no}
        if refund.status in ("succeeded", "canceled"):
            raise RefundNotRetryable
        if refund.status in ("closed", "failed"):
            _again(session, refund)
        # The job does it now; the sweep comes should the job be lost.
        session.execute(
            update(Refund).where(Refund.id == refund.id).values(next_try_at=in_seconds(60))
        )
        defer(session, SEND_REFUND, refund_id=refund.id)
        _audit(session, "refund.retry", _refund(session, refund.id), before=before)


def _again(session: Session, refund: Refund) -> None:
    """Back to pending; after WeChat closed it, under a number that it hasn't seen."""
    renewed: dict[str, Any] = {}
    if refund.status == "closed":
        generation = refund.generation + 1
        attempt = session.scalars(
            select(PaymentAttempt).where(PaymentAttempt.id == refund.attempt_id)
        ).one()
        renewed = {
            "generation": generation,
            "out_refund_no": out_refund_no(refund.refund_no, generation),
            "request": refund_request(
                attempt, refund.refund_no, generation, refund.amount_fen, refund.reason
            ),
            "refund_id": None,
            "tries": 0,
        }
    move_refund(session, refund.id, "pending", error=None, **renewed)


def call_off_refund(refund_no: str) -> None:
    """Give up a refund that WeChat has closed or refused; what it set aside is free again.

    Errors: RefundNotFound, RefundNotCancellable.
    """
    with transaction() as session:
        refund = _locked(session, refund_no)
        before = {"status": refund.status, "error": refund.error}
        if refund.kind != "staff" or not move_refund(
            session, refund.id, "canceled", next_try_at=None
        ):
            raise RefundNotCancellable
        cancel_refund(
            session,
            order_no_of(session, refund.order_id),
            order_lines(session, refund.id),
            refund.freight_fen,
        )
        _audit(session, "refund.cancel", _refund(session, refund.id), before=before)


def _locked(session: Session, refund_no: str) -> Refund:
    order_id = session.scalar(select(Refund.order_id).where(Refund.refund_no == refund_no))
    if order_id is None:
        raise RefundNotFound
    lock_order(session, order_id)
    return session.scalars(
        select(Refund)
        .where(Refund.refund_no == refund_no)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _refund(session: Session, refund_id: int) -> Refund:
    return session.scalars(
        select(Refund).where(Refund.id == refund_id).execution_options(populate_existing=True)
    ).one()


def _audit(
    session: Session,
    action: str,
    refund: Refund,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    now = {
        "status": refund.status,
        "out_refund_no": refund.out_refund_no,
        "amount_fen": refund.amount_fen,
    }
    record(
        session,
        action=action,
        target_type="refund",
        target_id=refund.refund_no,
        before=before,
        after=now | (after or {}),
    )
