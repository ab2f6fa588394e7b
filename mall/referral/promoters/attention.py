"""What of promoters needs somebody."""

from __future__ import annotations

from sqlalchemy import select

from mall.kernel.invariants import AttentionList
from mall.referral.promoters.models import APPLIED, Promoter

WAITING_APPLICATIONS = AttentionList(
    "promoter_applications",
    "applications for being a promoter that wait for a decision",
    "等待审核的推广员申请",
    select(Promoter.user_id, Promoter.applied_at)
    .where(Promoter.status == APPLIED)
    .order_by(Promoter.applied_at),
)
