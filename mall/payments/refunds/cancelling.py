"""Giving up a refund that WeChat won't carry out, as staff ask.

A refusal isn't believed: WeChat may have accepted what it seemed to refuse. So it is asked once
more, and only what it doesn't know is given up. What it has closed by its own word is closed.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.failpoints import around_commit
from mall.kernel.outbound import DONE, settle
from mall.orders.refunding import cancel_refund as release_reservation
from mall.payments.models import Refund
from mall.payments.refund_writing import REFUND_CALL
from mall.payments.refunds.applying import order_lines, order_no_of
from mall.payments.refunds.asking import ask_and_apply
from mall.payments.refunds.audit import audit_refund
from mall.payments.refunds.errors import RefundNotCancellable, RefundNotFound
from mall.payments.refunds.locking import lock_refund
from mall.payments.refunds.states import move_refund

Try = tuple[str, datetime | None]
"""Under which number WeChat was asked for a refund, and when last."""


def cancel_refund(refund_no: str) -> None:
    """Give up a refund that WeChat has closed or refused; what it reserved is free again.

    WeChat is asked first about one that it refused; what it knows of all the same is applied, and
    not given up. What a feature caused can be retried, not cancelled. Errors: RefundNotFound,
    RefundNotCancellable, PaymentUnavailable (WeChat can't be asked: nothing has changed). Never
    called in a transaction.
    """
    with transaction() as session:
        tried = _try_of(session, refund_no)
    if tried is not None:
        ask_and_apply(tried[0])
    with transaction() as session:
        _cancel(session, refund_no, tried)


def _try_of(session: Session, refund_no: str) -> Try | None:
    """What WeChat is to be asked about; None when it closed the refund, or never got it."""
    refund = session.scalars(
        select(Refund)
        .where(Refund.refund_no == refund_no)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if refund is None:
        raise RefundNotFound
    if not refund.cancellable or refund.kind != "order" or refund.status not in _GIVEN_UP:
        raise RefundNotCancellable
    if refund.status == "closed" or refund.tried_at is None:
        return None
    return refund.out_refund_no, refund.tried_at


_GIVEN_UP = ("closed", "failed")


def _cancel(session: Session, refund_no: str, tried: Try | None) -> None:
    around_commit(session, "payments.before_cancel_commit", "payments.after_cancel_commit")
    refund = lock_refund(session, Refund.refund_no == refund_no)
    if refund is None:
        raise RefundNotFound
    before = {"status": refund.status, "error": refund.error}
    is_asked = tried == (refund.out_refund_no, refund.tried_at)
    if refund.status == "failed" and refund.tried_at is not None and not is_asked:
        raise RefundNotCancellable  # it was tried once more meanwhile
    if not move_refund(session, refund.id, "canceled"):
        raise RefundNotCancellable
    settle(session, REFUND_CALL, refund.id, DONE)
    release_reservation(
        session,
        order_no_of(session, refund.order_id),
        order_lines(session, refund.id),
        refund.freight_fen,
    )
    audit_refund(session, "refund.cancel", refund.id, before=before)
