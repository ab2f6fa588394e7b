"""What of communities needs somebody."""

from __future__ import annotations

from sqlalchemy import select

from mall.games.communities.models import CommunityReward
from mall.kernel.invariants import AttentionList
from mall.users.models import User

REFUSED_COMMUNITY_REWARDS = AttentionList(
    "refused_community_rewards",
    "rewards of missions that a community reached and that could not be given",
    select(
        CommunityReward.mission_id,
        CommunityReward.user_id,
        CommunityReward.refusal,
        CommunityReward.created_at,
    )
    .join(User, User.id == CommunityReward.user_id)
    .where(CommunityReward.refusal.is_not(None), User.closed_at.is_(None))
    .order_by(CommunityReward.mission_id, CommunityReward.user_id),
)
