"""What of payments needs somebody."""

from __future__ import annotations

from sqlalchemy import select

from mall.kernel.invariants import AttentionList
from mall.payments.models import PaymentDiscrepancy

DISCREPANCIES = AttentionList(
    "discrepancies",
    "statements of WeChat Pay that contradict our books",
    select(
        PaymentDiscrepancy.kind, PaymentDiscrepancy.number, PaymentDiscrepancy.created_at
    ).order_by(PaymentDiscrepancy.id.desc()),
)
