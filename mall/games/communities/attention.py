"""What of communities needs somebody."""

from __future__ import annotations

from sqlalchemy import select

from mall.games.communities.models import CommunityReward
from mall.kernel.invariants import AttentionList
from mall.users.models import User

REFUSED_COMMUNITY_REWARDS = AttentionList(
    "refused_community_rewards",
    "rewards of missions that a community reached and that could not be given",
    "社群任务达成但未能发出的奖励",
    select(
        CommunityReward.mission_id,
        CommunityReward.user_id,
        CommunityReward.refusal,
        CommunityReward.created_at,
    )
    .where(
        CommunityReward.grant_id.is_(None),
        CommunityReward.refusal.is_not(None),
        # Asked for each of the few, not joined.
        select(User.closed_at)
        .where(User.id == CommunityReward.user_id)
        .scalar_subquery()
        .is_(None),
    )
    .order_by(CommunityReward.mission_id, CommunityReward.user_id),
)
