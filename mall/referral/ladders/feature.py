"""Ladders."""

from __future__ import annotations

from mall.compliance.running import CAMPAIGN_SOURCES
from mall.kernel.features import Mall
from mall.referral.ladders import admin
from mall.referral.ladders.describing import LADDERS


def install(mall: Mall) -> None:
    """Declare ladders."""
    mall.blueprints(admin.blp)
    mall.permissions({"ladder:read": "查看邀新活动与奖励", "ladder:write": "管理邀新活动"})
    mall.add(CAMPAIGN_SOURCES, LADDERS)
