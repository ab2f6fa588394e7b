"""Four eyes: what staff give back of one order above the shop's limit, another one approves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.approvals.kinds import ApprovalKind, Approved, Payload
from mall.approvals.requesting import request_approval
from mall.kernel.db import transaction
from mall.kernel.money import yuan
from mall.orders.errors import RefundNotPossible
from mall.orders.locking import lock_order
from mall.orders.models import Order
from mall.orders.refund_extras import extras_of_refund
from mall.payments.refunds.requesting import RequestedLine, priced_lines, request_refund
from mall.payments.settings import REFUND_APPROVAL_ABOVE_FEN


@dataclass(frozen=True)
class RefundAsked:
    """No refund yet: an approval with this id was asked for."""

    approval_id: int


def refund_or_ask(
    order_no: str, lines: Sequence[RequestedLine], freight_fen: int, reason: str
) -> str | RefundAsked:
    """Request a refund (its refund_no), or ask for an approval of it.

    An approval is needed when all that goes back of the order, with this refund, passes
    `payments.refund_approval_above_fen`: so a refund in small parts doesn't get around it.
    Raises what `request_refund` does, and ApprovalPending: one open request an order.
    """
    with transaction() as session:
        order_id = lock_order(session, order_no).id
        priced = priced_lines(session, order_id, lines)
        amount_fen = sum(fen for _, _, fen in priced) + freight_fen
        if not needs_approval(session, order_id, amount_fen):
            return request_refund(order_no, lines, freight_fen, reason)
        payload = {
            "lines": [
                {"line_id": str(line_id), "quantity": units, "amount_fen": fen}
                for line_id, units, fen in priced
            ],
            "freight_fen": freight_fen,
            "amount_fen": amount_fen,
            "extras": [
                f"{one.label} {one.text}" for one in extras_of_refund(session, order_no, priced)
            ],
        }
        return RefundAsked(request_approval(session, REFUND.name, order_no, payload, reason))


def needs_approval(session: Session, order_id: int, amount_fen: int) -> bool:
    """Whether this much more passes the limit of what staff give back of an order alone.

    Raises RefundNotPossible for what nobody could approve: more than is left.
    """
    limit_fen = REFUND_APPROVAL_ABOVE_FEN.get()
    if limit_fen == 0:
        return False
    paid_fen, back_fen = session.execute(
        select(Order.paid_fen, Order.refunded_fen + Order.refunding_fen).where(Order.id == order_id)
    ).one()
    if back_fen + amount_fen <= limit_fen:
        return False
    if back_fen + amount_fen > paid_fen:
        raise RefundNotPossible
    return True


def _execute(_session: Session, approved: Approved) -> str:
    lines = [
        RequestedLine(int(line["line_id"]), line["quantity"], line["amount_fen"])
        for line in approved.payload["lines"]
    ]
    trail: dict[str, Any] = {
        "approval_id": approved.approval_id,
        "requested_by": approved.requested_by,
    }
    freight_fen = approved.payload["freight_fen"]
    return request_refund(approved.ref, lines, freight_fen, approved.reason, trail=trail)


def _describe(payload: Payload) -> str:
    return "，".join([f"退款 {yuan(payload['amount_fen'])} 元", *payload.get("extras", ())])


REFUND = ApprovalKind(
    name="payments.refund",
    label="退款",
    permission="refund:approve",
    execute=_execute,
    describe=_describe,
    lock=lock_order,
)
