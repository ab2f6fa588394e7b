"""Promoters."""

from __future__ import annotations

from mall.compliance.running import CAMPAIGN_SOURCES
from mall.kernel.features import Mall
from mall.messages.kinds import KINDS
from mall.referral.promoters import admin, setup_admin
from mall.referral.promoters.attention import WAITING_APPLICATIONS
from mall.referral.promoters.closed_accounts import PROMOTERS, STANDING
from mall.referral.promoters.decided_message import PROMOTER_DECIDED
from mall.referral.promoters.describing import AGREEMENT
from mall.referral.promoters.invariants import INVARIANTS
from mall.referral.promoters.settings import SETTINGS as OWN
from mall.settings import SETTINGS
from mall.users.closing import CLOSING_LOSSES
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare promoters."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(admin.blp, setup_admin.blp)
    mall.permissions(
        {
            "promoter:read": "查看推广员",
            "promoter:write": "审核推广员，停用、恢复、终止、调整等级",
            "promoter:setup": "管理推广员协议、等级、成长规则与课程",
        }
    )
    mall.add(CAMPAIGN_SOURCES, AGREEMENT)
    mall.add(KINDS, PROMOTER_DECIDED)
    mall.add(ERASERS, PROMOTERS)
    mall.add(CLOSING_LOSSES, STANDING)
    mall.attention(WAITING_APPLICATIONS)
    mall.invariants(*INVARIANTS)
