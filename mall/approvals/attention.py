"""What of approvals needs somebody."""

from __future__ import annotations

from sqlalchemy import func, select, text

from mall.approvals.models import PENDING, Approval
from mall.kernel.invariants import AttentionList

WAITING_APPROVALS = AttentionList(
    "waiting_approvals",
    "approvals that have waited for a day",
    "等待超过一天的审批",
    select(Approval.id, Approval.kind, Approval.ref, Approval.created_at, Approval.expires_at)
    .where(
        Approval.status == PENDING,
        Approval.created_at < func.now() - text("interval '1 day'"),
    )
    .order_by(Approval.expires_at),
)
