"""What a successful payment does: the one place, however it was learnt.

A callback, the query sweep, the closing of an order and the shopper's own page all end in
`confirm_payment`. A payment pays for exactly one order or goes back in full.
"""

from __future__ import annotations

from typing import Literal

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mall.kernel.db import after_commit, db_now
from mall.kernel.failpoints import failpoint
from mall.orders.locking import LockedOrder
from mall.orders.paying import mark_paid, place_again
from mall.payments import discrepancies
from mall.payments.locking import lock_attempt
from mall.payments.metrics import LATE_PAYMENTS
from mall.payments.models import OrderClosing, PaymentAttempt
from mall.payments.refund_writing import refund_payment
from mall.payments.settings import LATE_PAYMENT_POLICY, RESERVE_AGAIN
from mall.payments.states import move_attempt
from mall.wechat.gateway import Payment, gateway

Outcome = Literal["unpaid", "applied", "reordered", "returned", "repeated", "mismatch", "unknown"]
"""What became of the payment: `reordered` pays for a new order in place of the closed one,
`returned` is refunded in full, `repeated` was known, the last two were not applied."""

_log = structlog.get_logger("mall.payments")


def confirm_payment(session: Session, payment: Payment, *, source: str) -> Outcome:
    """Apply what WeChat says about a payment; any number of repeats have one effect.

    `payment` comes from a verified callback or from a query (`source`), never from a
    client. What doesn't match the attempt in amount, currency, payer, appid or mchid is
    recorded for staff and not applied.
    """
    if not payment.is_paid:
        return "unpaid"
    locked = lock_attempt(session, payment.out_trade_no)
    if locked is None:
        discrepancies.record(
            session,
            "unknown_payment",
            source=source,
            number=payment.out_trade_no,
            transaction_id=payment.transaction_id,
            actual={"total_fen": payment.total_fen},
        )
        return "unknown"
    order, attempt = locked
    faults = _faults(session, payment, attempt)
    if faults:
        _record_mismatch(session, payment, attempt, faults, source)
        return "mismatch"
    discrepancies.resolve_by_later_word(session, attempt.out_trade_no)
    if attempt.transaction_id is not None:
        attempt.next_query_at = None
        session.flush()
        return "repeated"
    outcome = _apply(session, order, attempt, payment)
    failpoint("payments.before_payment_commit")
    after_commit(session, _after_commit)
    _log.info("payment", outcome=outcome, out_trade_no=attempt.out_trade_no, source=source)
    return outcome


def _apply(
    session: Session, order: LockedOrder, attempt: PaymentAttempt, payment: Payment
) -> Outcome:
    paid_at = payment.success_time or db_now(session)
    received = {
        "transaction_id": payment.transaction_id,
        "success_at": paid_at,
        "payer_total_fen": payment.payer_total_fen,
        "next_query_at": None,
    }
    # Staff may have changed the price since, while this payment counted as closed.
    is_price = attempt.amount_fen == order.payable_fen
    if is_price and mark_paid(session, order.order_no, attempt.amount_fen, paid_at):
        move_attempt(session, attempt.id, "succeeded", **received)
        session.execute(delete(OrderClosing).where(OrderClosing.order_id == order.id))
        return "applied"
    if is_price and order.paid_at is None and LATE_PAYMENT_POLICY.get() == RESERVE_AGAIN:
        again = place_again(session, order.order_no, paid_at)
        if again is not None:
            move_attempt(session, attempt.id, "succeeded", order_id=again.id, **received)
            LATE_PAYMENTS.labels("reordered").inc()
            return "reordered"
    move_attempt(session, attempt.id, "refunded", **received)
    kind = "late_payment" if order.paid_at is None else "duplicate_payment"
    refund_payment(session, order.id, attempt, kind)
    LATE_PAYMENTS.labels("returned").inc()
    return "returned"


def _faults(session: Session, payment: Payment, attempt: PaymentAttempt) -> list[str]:
    pay = gateway().pay
    checks = {
        "appid": payment.appid == pay.appid == attempt.request["appid"],
        "mchid": payment.mchid == pay.mchid == attempt.request["mchid"],
        "amount": payment.total_fen == attempt.amount_fen,
        "currency": payment.currency == "CNY",
        "payer": payment.openid == attempt.openid,
        "transaction_id": _is_its_transaction(session, payment, attempt),
    }
    return [name for name, fits in checks.items() if not fits]


def _is_its_transaction(session: Session, payment: Payment, attempt: PaymentAttempt) -> bool:
    if payment.transaction_id is None:
        return False
    if attempt.transaction_id is not None:
        return attempt.transaction_id == payment.transaction_id
    return not session.scalar(
        select(PaymentAttempt.id).where(PaymentAttempt.transaction_id == payment.transaction_id)
    )


def _record_mismatch(
    session: Session, payment: Payment, attempt: PaymentAttempt, faults: list[str], source: str
) -> None:
    """Keep it for staff; when a callback said it, WeChat is asked for the truth at once."""
    discrepancies.record(
        session,
        "mismatch_" + "_".join(faults),
        source=source,
        number=payment.out_trade_no,
        transaction_id=payment.transaction_id,
        order_id=attempt.order_id,
        expected={"total_fen": attempt.amount_fen, "transaction_id": attempt.transaction_id},
        actual={"total_fen": payment.total_fen, "currency": payment.currency, "faults": faults},
    )
    if source == "callback":
        attempt.next_query_at = db_now(session)
    elif attempt.transaction_id is not None:
        attempt.next_query_at = None  # it is paid, whatever this is about: staff decide
    session.flush()


def _after_commit(_session: Session) -> None:
    failpoint("payments.after_payment_commit")
