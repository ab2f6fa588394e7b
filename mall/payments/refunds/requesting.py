"""Asking for a refund of a paid order, in part or in full, by staff or an after-sale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.failpoints import around_commit
from mall.orders.errors import RefundNotPossible
from mall.orders.line_money import RefundLine as PricedLine
from mall.orders.line_money import share_of_rest
from mall.orders.locking import LockedOrder, lock_order
from mall.orders.models import OrderLine
from mall.orders.refund_extras import extras_of_refund
from mall.orders.refunding import reserve_refund, settle_refund
from mall.payments.disputes.participant import BY_STAFF
from mall.payments.models import PaymentAttempt, RefundLine
from mall.payments.refund_writing import RefundGround, write_refund, write_refund_of_nothing
from mall.payments.refunds.applying import arrived_lines
from mall.payments.refunds.audit import audit_refund
from mall.payments.refunds.errors import OrderNotRefundable


@dataclass(frozen=True)
class RequestedLine:
    """Units of an order line to give back. No amount: their share of what was paid for it.

    No units: a rebate, money back for units that are kept.
    """

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
    cause: str = BY_STAFF,
) -> str:
    """Reserve a refund in the order and let it be sent; its refund_no. All or nothing.

    Amounts in fen. `trail` is what the audit row says besides (who approved, for whom).
    Errors: OrderNotFound, OrderStateConflict, OrderNotRefundable, RefundNotPossible (more than
    is left of the order, a line or the freight).
    """
    with transaction() as session:
        order = lock_order(session, order_no)
        priced = priced_lines(session, order.id, lines)
        refund_id = make_refund(session, order, priced, freight_fen, RefundGround(cause, reason))
        after = {"order_no": order_no, "reason": reason, **(trail or {})}
        return audit_refund(session, "refund.request", refund_id, after=after)


def preview_refund(
    order_no: str, lines: Sequence[RequestedLine], freight_fen: int
) -> dict[str, Any]:
    """What a refund would give back: its lines with their amounts, and what goes back beside the
    money. Nothing is kept. Errors as those of `request_refund`.
    """
    with transaction() as session:
        order = lock_order(session, order_no)
        priced = priced_lines(session, order.id, lines)
        extras = extras_of_refund(session, order_no, priced)
        attempt = session.begin_nested()
        amount_fen = reserve_refund(session, order_no, priced, freight_fen, BY_STAFF)
        attempt.rollback()
    return {
        "lines": [{"line_id": i, "quantity": units, "amount_fen": fen} for i, units, fen in priced],
        "freight_fen": freight_fen,
        "amount_fen": amount_fen,
        "extras": extras,
    }


def make_refund(
    session: Session,
    order: LockedOrder,
    lines: Sequence[PricedLine],
    freight_fen: int,
    ground: RefundGround,
) -> int:
    """Reserve a refund of a locked order and write it down; its id.

    WeChat is asked after the commit; a refund of nothing is settled at once. Errors as those of
    `request_refund`.
    """
    around_commit(session, "payments.before_request_commit", "payments.after_request_commit")
    by_staff = ground.cause == BY_STAFF
    amount_fen = reserve_refund(
        session, order.order_no, lines, freight_fen, ground.cause, for_nothing=not by_staff
    )
    if amount_fen == 0:
        refund_id = write_refund_of_nothing(session, order.id, ground)
        write_lines(session, refund_id, lines)
        settle_refund(session, order.order_no, lines, 0, in_all=arrived_lines(session, order.id))
        return refund_id
    attempt = session.scalar(
        select(PaymentAttempt).where(
            PaymentAttempt.order_id == order.id, PaymentAttempt.status == "succeeded"
        )
    )
    if attempt is None:
        raise OrderNotRefundable
    refund_id = write_refund(
        session,
        order.id,
        ground,
        attempt=attempt,
        amount_fen=amount_fen,
        freight_fen=freight_fen,
    )
    write_lines(session, refund_id, lines)
    return refund_id


def order_lines_by_id(session: Session, order_id: int) -> dict[int, OrderLine]:
    """The lines of a locked order, read afresh."""
    lines = session.scalars(
        select(OrderLine)
        .where(OrderLine.order_id == order_id)
        .order_by(OrderLine.position)
        .execution_options(populate_existing=True)
    )
    return {line.id: line for line in lines}


def share_of(line: OrderLine, units: int) -> int:
    """What the next `units` of a line give back, in fen."""
    left_fen = line.payable_fen - line.refunded_fen - line.rebated_fen
    return share_of_rest(left_fen, line.quantity - line.refunded_quantity, units)


def priced_lines(
    session: Session, order_id: int, lines: Sequence[RequestedLine]
) -> list[PricedLine]:
    """Lines with their amounts: what staff said, else the units' share.

    Raises RefundNotPossible for a line of another order, or one that is named twice.
    """
    found = order_lines_by_id(session, order_id)
    if len({line.line_id for line in lines}) != len(lines):
        raise RefundNotPossible(param="lines")
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


def write_lines(session: Session, refund_id: int, lines: Sequence[PricedLine]) -> None:
    """Insert what a refund gives back of each line."""
    rows = [
        {"refund_id": refund_id, "order_line_id": i, "quantity": units, "amount_fen": fen}
        for i, units, fen in lines
    ]
    if rows:
        session.execute(insert(RefundLine), rows)
