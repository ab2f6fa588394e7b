"""Leaderboards of invites."""

from __future__ import annotations

from mall.boards.kinds import BOARD_KINDS, BoardKind
from mall.compliance.running import CAMPAIGN_SOURCES
from mall.kernel.features import Mall
from mall.referral.invites.events import InviteChanged
from mall.referral.leaderboard import admin, jobs, metrics, periods_admin, routes
from mall.referral.leaderboard.counting import KIND, catch_up, hear_invite
from mall.referral.leaderboard.describing import LEADERBOARDS
from mall.referral.leaderboard.invariants import INVARIANTS


def install(mall: Mall) -> None:
    """Declare leaderboards of invites."""
    mall.blueprints(routes.blp, admin.blp, periods_admin.blp)
    mall.permissions(
        {"leaderboard:read": "查看邀新榜与名次", "leaderboard:write": "管理邀新榜、排除作弊者"}
    )
    mall.jobs(jobs)
    mall.on(InviteChanged, "referral.count_on_leaderboards", hear_invite)
    mall.add(BOARD_KINDS, BoardKind(KIND, catch_up=catch_up))
    mall.add(CAMPAIGN_SOURCES, LEADERBOARDS)
    mall.metrics(metrics)
    mall.invariants(*INVARIANTS)
