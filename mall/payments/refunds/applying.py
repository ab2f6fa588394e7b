"""What WeChat says about a refund, applied to our books: the one place, however it was learnt."""

from __future__ import annotations

from typing import Any, Literal

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mall.kernel.db import after_commit
from mall.kernel.failpoints import failpoint
from mall.kernel.outbound import DONE, Verdict, again, enqueue, give_up, settle
from mall.orders.line_money import RefundLine as OrderRefundLine
from mall.orders.models import Order
from mall.orders.refunding import settle_refund
from mall.payments import discrepancies
from mall.payments.models import PaymentAttempt, Refund, RefundLine
from mall.payments.refund_writing import REFUND_CALL
from mall.payments.refunds.locking import lock_refund
from mall.payments.refunds.metrics import REFUND_FAILURES
from mall.payments.refunds.states import agrees, move_refund
from mall.payments.refunds.unknown import FOREIGN, is_foreign, note_unknown
from mall.wechat.gateway import Refund as WechatRefund

Outcome = Literal["applied", "repeated", "mismatch", "contradicting", "unknown"]
"""The last three weren't applied, but recorded for staff: of another amount or payment than ours;
impossible after what our books say; of a refund that our books don't have."""

_STATES = {"PROCESSING": "sent", "SUCCESS": "succeeded", "ABNORMAL": "abnormal", "CLOSED": "closed"}
SENT_FIRST_QUERY_S = 60
ABNORMAL_EVERY_S = 6 * 3600
"""Staff settle an abnormal refund in the merchant console; only a query tells us."""

_log = structlog.get_logger("mall.payments")


def apply_refund(session: Session, result: WechatRefund, *, source: str) -> Outcome:
    """Apply what WeChat says about a refund; any number of repeats have one effect.

    What doesn't match ours in payment or amount, contradicts an end that we know, or is about a
    refund that isn't in our books is recorded for staff and not applied; it holds the order.
    """
    refund = lock_refund(session, Refund.out_refund_no == result.out_refund_no)
    if refund is None:
        return note_unknown(session, result, source)
    state = _STATES.get(result.status)
    if state is None or is_foreign(result) or not _matches(session, refund, result):
        kind = FOREIGN if is_foreign(result) else "mismatch_refund"
        _record(session, kind, refund, result, source)
        return "mismatch"
    if not move_refund(session, refund.id, state, **_values(state, result)):
        if not agrees(refund.status, state):
            _record(session, "contradicting_refund", refund, result, source)
            return "contradicting"
        discrepancies.resolve_by_later_word(session, refund.out_refund_no)
        return "repeated"
    discrepancies.resolve_by_later_word(session, refund.out_refund_no)
    settle(session, REFUND_CALL, refund.id, verdict_after(state))
    _log.info("refund", status=state, out_refund_no=refund.out_refund_no, source=source)
    if state == "succeeded":
        _settle_order(session, refund)
    elif state in ("abnormal", "closed"):
        REFUND_FAILURES.labels(state).inc()
    failpoint("payments.before_refund_commit")
    after_commit(session, _after_commit)
    return "applied"


def _record(session: Session, kind: str, refund: Refund, result: WechatRefund, source: str) -> None:
    """Keep it for staff; when a callback said it, WeChat is asked for the truth at once."""
    discrepancies.record(
        session,
        kind,
        source=source,
        number=result.out_refund_no,
        transaction_id=result.transaction_id,
        order_id=refund.order_id,
        expected={"refund_fen": refund.amount_fen, "status": refund.status},
        actual={"refund_fen": result.refund_fen, "status": result.status},
    )
    if source == "callback":
        enqueue(session, REFUND_CALL, refund.id, restart=False)


def _matches(session: Session, refund: Refund, result: WechatRefund) -> bool:
    payment = session.execute(
        select(
            PaymentAttempt.out_trade_no, PaymentAttempt.transaction_id, PaymentAttempt.amount_fen
        ).where(PaymentAttempt.id == refund.attempt_id)
    ).one()
    said = (result.out_trade_no, result.transaction_id, result.total_fen)
    return said == tuple(payment) and result.refund_fen == refund.amount_fen


def _values(state: str, result: WechatRefund) -> dict[str, Any]:
    values: dict[str, Any] = {"refund_id": result.refund_id, "error": None, "error_message": None}
    if state == "succeeded":
        values |= {"succeeded_at": result.success_time or func.clock_timestamp()}
    elif state != "sent":
        values |= {"error": result.status}
    return values


def verdict_after(status: str) -> Verdict:
    """What is still to be called about a refund that has just come to this state."""
    if status == "sent":
        return again(SENT_FIRST_QUERY_S, restart=True)
    if status == "abnormal":
        return again(ABNORMAL_EVERY_S, "ABNORMAL", restart=True)
    return DONE if status in ("succeeded", "canceled") else give_up("CLOSED")


def _settle_order(session: Session, refund: Refund) -> None:
    """Tell the order; a payment that paid for nothing never was a part of one."""
    if refund.kind == "order":
        lines = order_lines(session, refund.id)
        order_no = order_no_of(session, refund.order_id)
        in_all = arrived_lines(session, refund.order_id)
        settle_refund(session, order_no, lines, refund.freight_fen, in_all=in_all)


def order_lines(session: Session, refund_id: int) -> list[OrderRefundLine]:
    """A refund's lines as orders counts them."""
    rows = session.execute(
        select(RefundLine.order_line_id, RefundLine.quantity, RefundLine.amount_fen).where(
            RefundLine.refund_id == refund_id
        )
    )
    return [(row.order_line_id, row.quantity, row.amount_fen) for row in rows]


def arrived_lines(session: Session, order_id: int) -> list[OrderRefundLine]:
    """The lines of every refund of an order that has arrived."""
    rows = session.execute(
        select(RefundLine.order_line_id, RefundLine.quantity, RefundLine.amount_fen)
        .join(Refund, Refund.id == RefundLine.refund_id)
        .where(Refund.order_id == order_id, Refund.status == "succeeded")
    )
    return [(row.order_line_id, row.quantity, row.amount_fen) for row in rows]


def order_no_of(session: Session, order_id: int) -> str:
    return session.scalars(select(Order.order_no).where(Order.id == order_id)).one()


def note_error(session: Session, refund_id: int, error: str, message: str | None) -> None:
    """Keep why a try didn't work out, in WeChat's own words; the refund is tried again."""
    REFUND_FAILURES.labels(error).inc()
    session.execute(
        update(Refund)
        .where(Refund.id == refund_id, Refund.status.in_(("pending", "sent", "abnormal")))
        .values(error=error[:64], error_message=message)
    )


def fail(session: Session, refund_id: int, error: str, message: str | None = None) -> Verdict:
    """WeChat won't carry it out however often it is asked: staff must decide. `message` is what
    WeChat says of it."""
    if move_refund(session, refund_id, "failed", error=error[:64], error_message=message):
        REFUND_FAILURES.labels(error).inc()
        _log.error("refund failed", refund=refund_id, error=error[:64])
    return give_up(error, message)


def _after_commit(_session: Session) -> None:
    failpoint("payments.after_refund_commit")
