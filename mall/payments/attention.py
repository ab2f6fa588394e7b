"""What of payments, refunds and reconciliation needs somebody."""

from __future__ import annotations

from sqlalchemy import select

from mall.kernel.invariants import AttentionList
from mall.payments.models import PaymentDiscrepancy, Refund
from mall.payments.queries import STUCK
from mall.payments.reconciliation_models import Reconciliation, ReconciliationFinding
from mall.payments.reconciliation_queries import OPEN, OVERDUE

STUCK_REFUNDS = AttentionList(
    "stuck_refunds",
    "refunds that are stuck",
    select(Refund.refund_no, Refund.status, Refund.amount_fen, Refund.error, Refund.created_at)
    .where(STUCK)
    .order_by(Refund.id.desc()),
)
DISCREPANCIES = AttentionList(
    "discrepancies",
    "statements of WeChat Pay that contradict our books",
    select(
        PaymentDiscrepancy.kind, PaymentDiscrepancy.number, PaymentDiscrepancy.created_at
    ).order_by(PaymentDiscrepancy.id.desc()),
)
FINDINGS = AttentionList(
    "reconciliation_findings",
    "differences between WeChat's bill and our books",
    select(
        ReconciliationFinding.day,
        ReconciliationFinding.kind,
        ReconciliationFinding.code,
        ReconciliationFinding.number,
        ReconciliationFinding.theirs_fen,
        ReconciliationFinding.ours_fen,
    )
    .where(OPEN)
    .order_by(ReconciliationFinding.day.desc(), ReconciliationFinding.id),
)
UNRECONCILED_DAYS = AttentionList(
    "unreconciled_days",
    "days that couldn't be compared with WeChat's bill",
    select(Reconciliation.day, Reconciliation.status, Reconciliation.error)
    .where(OVERDUE)
    .order_by(Reconciliation.day.desc()),
)
