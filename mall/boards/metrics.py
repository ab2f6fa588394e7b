"""Metrics of leaderboards."""

from __future__ import annotations

from prometheus_client import Counter

PUSHES_LOST = Counter(
    "mall_board_pushes_lost_total", "Changes of scores that Redis wasn't told at once"
)
READS = Counter(
    "mall_board_reads_total", "Reads of live ranks by what answered: view or database", ["by"]
)
AWARDS = Counter("mall_board_awards_total", "Prizes of closed boards by outcome", ["outcome"])
