"""Booking a refund that WeChat carries out and our books don't have, as staff ask.

Somebody made it in WeChat's console, or WeChat carries out what was called off here or asked for
again under a new number. WeChat is asked what it is; staff say which units and amounts of the
order it gave back. It is a refund like any other from then on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.failpoints import around_commit
from mall.kernel.outbound import enqueue
from mall.orders.locking import lock_order_by_id
from mall.orders.refunding import reserve_refund
from mall.payments.callback_urls import notify_url
from mall.payments.disputes.resolving import close, lock_open
from mall.payments.models import PaymentAttempt, PaymentDiscrepancy, Refund
from mall.payments.numbers import new_refund_no, out_refund_no
from mall.payments.refund_writing import REFUND_CALL
from mall.payments.refunds.applying import apply_refund, order_lines
from mall.payments.refunds.asking import ask_about
from mall.payments.refunds.audit import audit_refund
from mall.payments.refunds.errors import BookedAmountDiffers, RefundNotBookable
from mall.payments.refunds.requesting import RequestedLine, priced_lines, write_lines
from mall.payments.refunds.unknown import SUPERSEDED, UNKNOWN
from mall.wechat.gateway import Refund as WechatRefund
from mall.wechat.gateway import RefundRequest

BOOKABLE = (UNKNOWN, SUPERSEDED, "contradicting_refund")
CAUSE = "wechat"


@dataclass(frozen=True)
class Booking:
    """What staff say of it. No lines and no freight: those of the refund that was called off."""

    lines: Sequence[RequestedLine]
    freight_fen: int
    reason: str


def book_refund(discrepancy_id: int, booking: Booking, staff_id: int) -> str:
    """Put a refund that WeChat told of into the books of its order; its refund_no.

    Its amounts must add up to what WeChat gave back. The discrepancy is resolved by it; again is
    DiscrepancyAlreadyResolved. Errors: DiscrepancyNotFound, RefundNotBookable (of no order, not a
    refund, or WeChat knows none), BookedAmountDiffers, PaymentUnavailable, and those of
    `reserve_refund`. Never called in a transaction.
    """
    with transaction() as session:
        number = _number_of(lock_open(session, discrepancy_id))
    said = ask_about(number)
    if said is None or said.status == "CLOSED":
        if said is not None:
            with transaction() as session:
                apply_refund(session, said, source="query")
        raise RefundNotBookable
    with transaction() as session:
        found = lock_open(session, discrepancy_id)
        return _book(session, found, said, booking, staff_id)


def _number_of(found: PaymentDiscrepancy) -> str:
    if found.order_id is None or found.kind not in BOOKABLE:
        raise RefundNotBookable
    return found.number


def _book(
    session: Session,
    found: PaymentDiscrepancy,
    said: WechatRefund,
    booking: Booking,
    staff_id: int,
) -> str:
    around_commit(session, "payments.before_booking_commit", "payments.after_booking_commit")
    assert found.order_id is not None
    order = lock_order_by_id(session, found.order_id)
    attempt = session.scalar(
        select(PaymentAttempt).where(
            PaymentAttempt.order_id == order.id,
            PaymentAttempt.out_trade_no == said.out_trade_no,
            PaymentAttempt.transaction_id == said.transaction_id,
            PaymentAttempt.status == "succeeded",
        )
    )
    if attempt is None:
        raise RefundNotBookable
    booking = _or_as_called_off(session, said.out_refund_no, booking)
    priced = priced_lines(session, order.id, booking.lines)
    cause = f"{CAUSE}:{said.out_refund_no}"
    given_fen = sum(fen for _, _, fen in priced) + booking.freight_fen
    if given_fen != said.refund_fen:
        raise BookedAmountDiffers(said.refund_fen)
    reserve_refund(session, order.order_no, priced, booking.freight_fen, cause)
    _release_number(session, said.out_refund_no)
    refund_id: int = session.execute(
        insert(Refund)
        .values(
            refund_no=new_refund_no(),
            out_refund_no=said.out_refund_no,
            order_id=order.id,
            attempt_id=attempt.id,
            kind="order",
            cause=cause,
            amount_fen=said.refund_fen,
            freight_fen=booking.freight_fen,
            reason=booking.reason,
            request=_request(attempt, said, booking.reason),
            tried_at=said.create_time or func.clock_timestamp(),
            tried_generation=0,
        )
        .returning(Refund.id)
    ).scalar_one()
    write_lines(session, refund_id, priced)
    enqueue(session, REFUND_CALL, refund_id)
    close(session, found, f"已补记退款：{booking.reason}"[:200], staff_id)
    apply_refund(session, said, source="query")
    trail = {"order_no": order.order_no, "reason": booking.reason, "discrepancy": found.id}
    return audit_refund(session, "refund.book", refund_id, after=trail)


def _or_as_called_off(session: Session, number: str, booking: Booking) -> Booking:
    """What staff said, else what the refund was to give back before it was called off."""
    if booking.lines or booking.freight_fen:
        return booking
    known = session.scalar(select(Refund).where(Refund.out_refund_no == number))
    if known is None:
        return booking
    lines = [RequestedLine(*line) for line in order_lines(session, known.id)]
    return Booking(lines, known.freight_fen, booking.reason)


def _release_number(session: Session, number: str) -> None:
    """What was called off stays so. WeChat's number is that of the booked refund now."""
    known = session.execute(
        select(Refund.id, Refund.refund_no, Refund.generation, Refund.status)
        .where(Refund.out_refund_no == number)
        .with_for_update()
    ).one_or_none()
    if known is None:
        return
    if known.status != "canceled":
        raise RefundNotBookable
    session.execute(
        update(Refund)
        .where(Refund.id == known.id)
        .values(
            generation=known.generation + 1,
            out_refund_no=out_refund_no(known.refund_no, known.generation + 1),
            refund_id=None,
        )
    )


def _request(attempt: PaymentAttempt, said: WechatRefund, reason: str) -> dict[str, object]:
    """As we would have asked for it; it is never sent, only its number is queried."""
    return asdict(
        RefundRequest(
            out_trade_no=attempt.out_trade_no,
            out_refund_no=said.out_refund_no,
            refund_fen=said.refund_fen,
            total_fen=attempt.amount_fen,
            notify_url=notify_url("refund"),
            reason=reason,
        )
    )
