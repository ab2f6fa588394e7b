"""Figures of teams."""

from __future__ import annotations

from prometheus_client import Counter

TEAMS = Counter(
    "mall_groupbuy_teams_total",
    "Teams that are over, by how: settled, failed, or unopened since the leader never paid",
    ["ending"],
)
