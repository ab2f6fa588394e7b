"""What of the reconciliation needs somebody."""

from __future__ import annotations

from sqlalchemy import select

from mall.kernel.invariants import AttentionList
from mall.payments.reconciliation.days import overdue
from mall.payments.reconciliation.models import Reconciliation, ReconciliationFinding
from mall.payments.reconciliation.queries import OPEN

FINDINGS = AttentionList(
    "reconciliation_findings",
    "differences between WeChat's bill and our books",
    "微信账单与账目的差异",
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
    "未能与微信账单核对的日期",
    select(Reconciliation.day, Reconciliation.status, Reconciliation.error)
    .where(overdue(Reconciliation))
    .order_by(Reconciliation.day.desc()),
)
