"""What of refunds needs somebody."""

from __future__ import annotations

from sqlalchemy import select

from mall.kernel.invariants import AttentionList
from mall.payments.models import Refund
from mall.payments.refunds.queries import STUCK

STUCK_REFUNDS = AttentionList(
    "stuck_refunds",
    "refunds that are stuck",
    "卡住的退款",
    select(
        Refund.refund_no,
        Refund.status,
        Refund.amount_fen,
        Refund.error,
        Refund.error_message,
        Refund.created_at,
    )
    .where(STUCK)
    .order_by(Refund.id.desc()),
)
