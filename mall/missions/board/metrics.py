"""What an operator watches of missions."""

from __future__ import annotations

from prometheus_client import Counter

COUNTED = Counter(
    "mall_mission_progress_total", "Progress of shoppers that facts changed", ["trigger"]
)
REWARDS = Counter(
    "mall_mission_rewards_total",
    "Rewards of completed missions, by what became of them",
    ["outcome"],
)
