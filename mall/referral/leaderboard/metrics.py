"""Metrics of leaderboards of invites."""

from __future__ import annotations

from prometheus_client import Counter

LATE_INVITES = Counter(
    "mall_leaderboard_late_invites_total",
    "Invites that came to count, or not any more, after the ranks of their period were frozen",
)
