"""What of rewards needs somebody."""

from __future__ import annotations

from sqlalchemy import select

from mall.kernel.invariants import AttentionList
from mall.rewards.models import RewardGrant

REFUSED_REWARDS = AttentionList(
    "refused_rewards",
    "rewards that were due and could not be given",
    "应发而未能发出的奖励",
    select(RewardGrant.id, RewardGrant.rule_id, RewardGrant.ground, RewardGrant.refusal)
    .where(RewardGrant.refusal.is_not(None))
    .order_by(RewardGrant.id),
)
