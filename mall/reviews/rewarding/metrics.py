"""What an operator watches of rewards for reviews."""

from __future__ import annotations

from prometheus_client import Counter

REWARDS = Counter(
    "mall_review_rewards_total",
    "Rewards of reviews, by what became of them: promised, given, taken_back, refused",
    ["outcome"],
)
