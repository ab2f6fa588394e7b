"""Ladders."""

from __future__ import annotations

from mall.compliance.running import CAMPAIGN_SOURCES
from mall.kernel.features import Mall
from mall.messages.kinds import KINDS
from mall.referral.invites.events import InviteChanged
from mall.referral.ladders import admin, jobs, metrics, routes
from mall.referral.ladders.attention import REFUSED_LADDERS
from mall.referral.ladders.describing import LADDERS
from mall.referral.ladders.following import follow_invite
from mall.referral.ladders.invariants import INVARIANTS
from mall.referral.ladders.page import LADDER_PAGE
from mall.referral.ladders.reward_message import LADDER_REWARD
from mall.referral.ladders.settings import SETTINGS as OWN
from mall.settings import SETTINGS
from mall.sharing.pages.kinds import PAGE_KINDS


def install(mall: Mall) -> None:
    """Declare ladders."""
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions({"ladder:read": "查看邀新活动与奖励", "ladder:write": "管理邀新活动"})
    mall.jobs(jobs)
    mall.on(InviteChanged, "ladders.follow_invite", follow_invite)
    mall.add(SETTINGS, *OWN)
    mall.add(PAGE_KINDS, LADDER_PAGE)
    mall.add(KINDS, LADDER_REWARD)
    mall.add(CAMPAIGN_SOURCES, LADDERS)
    mall.metrics(metrics)
    mall.invariants(*INVARIANTS)
    mall.attention(REFUSED_LADDERS)
