"""What an operator watches of rewards: given, promised, repeated, taken back or owed."""

from __future__ import annotations

from prometheus_client import Counter

GRANTS = Counter(
    "mall_reward_grants_total",
    "Grants asked for, by what became of them; refused ones aren't counted",
    ["outcome"],
)
TAKEN_BACK = Counter(
    "mall_reward_units_taken_back_total",
    "Units of rewards that were due back, by whether they came or are owed",
    ["kind", "result"],
)
