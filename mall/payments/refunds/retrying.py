"""Trying a stuck refund again, as staff ask."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.outbound import enqueue
from mall.payments.models import PaymentAttempt, Refund
from mall.payments.numbers import out_refund_no
from mall.payments.refund_writing import REFUND_CALL, refund_request
from mall.payments.refunds.audit import audit_refund
from mall.payments.refunds.errors import RefundFundsFixed, RefundNotFound, RefundNotRetryable
from mall.payments.refunds.locking import lock_refund
from mall.payments.refunds.states import SHORT_OF_MONEY, move_refund
from mall.payments.settings import AVAILABLE


def retry_refund(refund_no: str, *, available: bool = False) -> None:
    """Try a refund again now. What WeChat closed is asked for under a new number.

    With `available` the money comes out of the settled balance from now on: for one that WeChat
    refused as the unsettled money is short (the number stays, WeChat has nothing under it), or
    closed. A refund under way or abnormal is only queried. Errors: RefundNotFound,
    RefundNotRetryable (done, or cancelled), RefundFundsFixed (WeChat may have it).
    """
    with transaction() as session:
        refund = lock_refund(session, Refund.refund_no == refund_no)
        if refund is None:
            raise RefundNotFound
        before = {"status": refund.status, "out_refund_no": refund.out_refund_no}
        if refund.status in ("succeeded", "canceled"):
            raise RefundNotRetryable
        was_closed = refund.status == "closed"
        if was_closed or refund.status == "failed":
            _reopen(session, refund, available=available)
        elif available:
            _take_available(session, refund)
        enqueue(session, REFUND_CALL, refund.id, restart=was_closed)
        audit_refund(session, "refund.retry", refund.id, before=before)


def _take_available(session: Session, refund: Refund) -> None:
    if refund.status != "pending" or refund.error != SHORT_OF_MONEY:
        raise RefundFundsFixed
    refund.request = refund.request | {"funds_account": AVAILABLE}
    session.flush()


def _reopen(session: Session, refund: Refund, *, available: bool) -> None:
    """Back to pending; after WeChat closed it, under a number that it hasn't seen."""
    renewed: dict[str, Any] = {}
    if refund.status == "failed" and available:
        raise RefundFundsFixed
    if refund.status == "closed":
        generation = refund.generation + 1
        attempt = session.scalars(
            select(PaymentAttempt).where(PaymentAttempt.id == refund.attempt_id)
        ).one()
        renewed = {
            "generation": generation,
            "out_refund_no": out_refund_no(refund.refund_no, generation),
            "request": refund_request(
                attempt,
                refund.refund_no,
                generation,
                refund.amount_fen,
                refund.reason,
                available=available,
            ),
            "refund_id": None,
        }
    move_refund(session, refund.id, "pending", error=None, error_message=None, **renewed)
