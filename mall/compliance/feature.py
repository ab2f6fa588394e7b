"""Compliance: rules of law and platform that every campaign is asked about when staff save it."""

from __future__ import annotations

from mall.compliance import admin, jobs
from mall.compliance.attention import OBJECTED_CAMPAIGNS
from mall.compliance.cli import compliance
from mall.compliance.invariants import INVARIANTS
from mall.kernel.features import Mall


def install(mall: Mall) -> None:
    """Declare compliance. Features add how their campaigns are found to `CAMPAIGN_SOURCES`."""
    mall.blueprints(admin.blp)
    mall.permissions(
        {
            "compliance:read": "查看活动合规审查",
            "compliance:write": "复查进行中的活动，确认已知悉的风险",
        }
    )
    mall.jobs(jobs)
    mall.commands(compliance)
    mall.invariants(*INVARIANTS)
    mall.attention(OBJECTED_CAMPAIGNS)
