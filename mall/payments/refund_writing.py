"""Writing refunds. `refunds.sending` sends them to WeChat after the commit."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, insert
from sqlalchemy.orm import Session

from mall.kernel.outbound import enqueue
from mall.payments.callback_urls import notify_url
from mall.payments.models import PaymentAttempt, Refund
from mall.payments.numbers import new_refund_no, out_refund_no
from mall.payments.settings import AVAILABLE, REFUND_FUNDS
from mall.wechat.gateway import RefundRequest

REFUND_CALL = "payments.refund"
"""The kind of the outbound calls about a refund; their key is the refund's id."""
_REASONS = {
    "late_payment": "订单已关闭或改价，款项原路退回",
    "duplicate_payment": "订单重复支付，款项原路退回",
}


@dataclass(frozen=True, slots=True)
class RefundGround:
    """Why a refund is made: its `cause` for us, its `reason` for the shopper."""

    cause: str
    reason: str
    cancellable: bool = True


def refund_payment(session: Session, order_id: int, attempt: PaymentAttempt, kind: str) -> None:
    """Refund the whole of a payment that pays for nothing. Once only (a unique index)."""
    write_refund(
        session,
        order_id,
        RefundGround(kind, _REASONS[kind]),
        attempt=attempt,
        kind=kind,
        amount_fen=attempt.amount_fen,
    )


def write_refund(
    session: Session,
    order_id: int,
    ground: RefundGround,
    *,
    attempt: PaymentAttempt,
    amount_fen: int,
    freight_fen: int = 0,
    kind: str = "order",
) -> int:
    """Insert a refund with its exact request and let it be sent; the new id."""
    refund_no = new_refund_no()
    refund_id: int = session.execute(
        insert(Refund)
        .values(
            refund_no=refund_no,
            out_refund_no=refund_no,
            order_id=order_id,
            attempt_id=attempt.id,
            kind=kind,
            amount_fen=amount_fen,
            freight_fen=freight_fen,
            request=refund_request(attempt, refund_no, 0, amount_fen, ground.reason),
            **asdict(ground),
        )
        .returning(Refund.id)
    ).scalar_one()
    enqueue(session, REFUND_CALL, refund_id)
    return refund_id


def write_refund_of_nothing(session: Session, order_id: int, ground: RefundGround) -> int:
    """Insert a refund of units that cost nothing: it has succeeded; the new id."""
    refund_no = new_refund_no()
    refund_id: int = session.execute(
        insert(Refund)
        .values(
            refund_no=refund_no,
            out_refund_no=refund_no,
            order_id=order_id,
            kind="order",
            status="succeeded",
            succeeded_at=func.clock_timestamp(),
            ended_at=func.clock_timestamp(),
            amount_fen=0,
            request={},
            **asdict(ground),
        )
        .returning(Refund.id)
    ).scalar_one()
    return refund_id


def refund_request(
    attempt: PaymentAttempt,
    refund_no: str,
    generation: int,
    amount_fen: int,
    reason: str,
    *,
    available: bool = False,
) -> dict[str, Any]:
    """The request to WeChat, to be stored: every try must be the same to the letter.

    The money comes out of what is settled if staff chose so (`available`), or the shop always
    does; else WeChat takes what isn't settled yet.
    """
    available = available or REFUND_FUNDS.get() == AVAILABLE
    return asdict(
        RefundRequest(
            out_trade_no=attempt.out_trade_no,
            out_refund_no=out_refund_no(refund_no, generation),
            refund_fen=amount_fen,
            total_fen=attempt.amount_fen,
            notify_url=notify_url("refund"),
            reason=reason,
            funds_account=AVAILABLE if available else None,
        )
    )
