"""Running campaigns to which the rules object today."""

from __future__ import annotations

from sqlalchemy import select

from mall.compliance.models import ComplianceRecheck
from mall.kernel.invariants import AttentionList

OBJECTED_CAMPAIGNS = AttentionList(
    "objected_campaigns",
    "running campaigns that the rules of compliance would now warn of or refuse",
    "进行中的活动，合规规则现在会提醒或拒绝",
    select(
        ComplianceRecheck.id,
        ComplianceRecheck.kind,
        ComplianceRecheck.ref,
        ComplianceRecheck.result,
        ComplianceRecheck.created_at,
    )
    .where(ComplianceRecheck.accepted_at.is_(None))
    .order_by(ComplianceRecheck.result, ComplianceRecheck.id),
)
