"""What an operator watches of team races."""

from __future__ import annotations

from prometheus_client import Counter

JOINS = Counter("mall_race_joins_total", "Shoppers who came into a team of a race, by way", ["way"])
ENTRIES = Counter(
    "mall_race_entries_total",
    "What members did that came to score, or to score otherwise",
    ["kind"],
)
LATE = Counter(
    "mall_race_late_changes_total",
    "What came to score otherwise after the ranks of a race were frozen",
    ["kind"],
)
