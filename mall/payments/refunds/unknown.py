"""Refunds that WeChat tells of and our books don't have.

They were made in WeChat's console, or under a number that was given up for a new one. They are
linked to their order by the payment, and recorded.
"""

from __future__ import annotations

import re
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.orders.locking import lock_order_by_id
from mall.payments import discrepancies
from mall.payments.models import PaymentAttempt, PaymentDiscrepancy, Refund
from mall.payments.numbers import out_refund_no
from mall.wechat.gateway import Refund as WechatRefund
from mall.wechat.gateway import gateway

SUPERSEDED, UNKNOWN, FOREIGN = "superseded_refund", "unknown_refund", "mismatch_mchid"
_GENERATION = re.compile(r"G[1-9][0-9]*$", re.ASCII)


def note_unknown(
    session: Session, result: WechatRefund, source: str
) -> Literal["repeated", "mismatch", "unknown"]:
    """Record a refund that isn't in our books; nothing more when it gave nothing back."""
    if is_foreign(result):
        discrepancies.record(session, FOREIGN, source=source, number=result.out_refund_no)
        return "mismatch"
    order_id = order_of_payment(session, result.out_trade_no, result.transaction_id)
    if order_id is not None:
        lock_order_by_id(session, order_id)
    if result.status == "CLOSED":
        discrepancies.resolve_by_later_word(session, result.out_refund_no)
        return "repeated"
    is_old = base_refund(session, result.out_refund_no) is not None
    discrepancies.record(
        session,
        SUPERSEDED if is_old else UNKNOWN,
        source=source,
        number=result.out_refund_no,
        transaction_id=result.transaction_id,
        order_id=order_id,
        actual={"refund_fen": result.refund_fen, "status": result.status},
    )
    return "unknown"


def note_billed(
    session: Session, number: str, transaction_id: str, order_id: int | None, refund_fen: int
) -> None:
    """Record a refund of an order that a bill has and our books don't. What WeChat has said about
    it before, or says afterwards, stays as it is."""
    if order_id is not None:
        lock_order_by_id(session, order_id)
    known = select(PaymentDiscrepancy.id).where(
        PaymentDiscrepancy.kind == UNKNOWN,
        PaymentDiscrepancy.number == number,
        PaymentDiscrepancy.order_id.is_not(None),
    )
    if session.scalar(known) is None:
        discrepancies.record(
            session,
            UNKNOWN,
            source="bill",
            number=number,
            transaction_id=transaction_id,
            order_id=order_id,
            actual={"refund_fen": refund_fen},
        )


def is_foreign(result: WechatRefund) -> bool:
    """Whether it is said to another merchant than us."""
    return result.mchid is not None and result.mchid != gateway().pay.mchid


def order_of_payment(
    session: Session, out_trade_no: str | None, transaction_id: str | None
) -> int | None:
    """The order that a payment is for, by either of its numbers; None when neither is ours."""
    is_it = PaymentAttempt.out_trade_no == (out_trade_no or "")
    if transaction_id:
        is_it |= PaymentAttempt.transaction_id == transaction_id
    return session.scalar(select(PaymentAttempt.order_id).where(is_it).limit(1))


def base_refund(session: Session, number: str) -> str | None:
    """The refund_no of the refund that was once asked for under this number."""
    base = _GENERATION.sub("", number)
    return session.scalar(select(Refund.refund_no).where(Refund.refund_no.in_((number, base))))


def is_paid_by_an_old_number(session: Session, refund: Refund) -> bool:
    """Whether WeChat carries out a number of this refund that was given up for its new one."""
    old = (out_refund_no(refund.refund_no, n) for n in range(refund.generation))
    return any(discrepancies.is_open(session, number) for number in old)
