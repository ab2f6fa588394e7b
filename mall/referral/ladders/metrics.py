"""What an operator watches of ladders."""

from __future__ import annotations

from prometheus_client import Counter

REWARDS = Counter(
    "mall_ladder_rewards_total",
    "Rewards of ladders' steps, by what became of them: promised, given, taken_back, refused",
    ["outcome"],
)
