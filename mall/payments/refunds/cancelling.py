"""Giving up a refund that WeChat won't carry out, as staff ask."""

from __future__ import annotations

from mall.kernel.db import transaction
from mall.kernel.outbound import DONE, settle
from mall.orders.refunding import cancel_refund as release_reservation
from mall.payments.models import Refund
from mall.payments.refund_writing import REFUND_CALL
from mall.payments.refunds.applying import order_lines, order_no_of
from mall.payments.refunds.audit import audit_refund
from mall.payments.refunds.errors import RefundNotCancellable, RefundNotFound
from mall.payments.refunds.locking import lock_refund
from mall.payments.refunds.states import move_refund


def cancel_refund(refund_no: str) -> None:
    """Give up a refund that WeChat has closed or refused; what it reserved is free again.

    What a feature caused can be retried, not cancelled. Errors: RefundNotFound,
    RefundNotCancellable.
    """
    with transaction() as session:
        refund = lock_refund(session, Refund.refund_no == refund_no)
        if refund is None:
            raise RefundNotFound
        before = {"status": refund.status, "error": refund.error}
        if not refund.cancellable or refund.kind != "order":
            raise RefundNotCancellable
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
