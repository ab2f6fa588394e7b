"""What an operator watches of pets."""

from __future__ import annotations

from prometheus_client import Counter

CARE = Counter("mall_pet_care_total", "What was done for pets, by kind", ["kind"])
REWARDS = Counter(
    "mall_pet_rewards_total",
    "Rewards of pets' stages, by what became of them: given, taken_back, refused",
    ["outcome"],
)
