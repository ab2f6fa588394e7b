"""What an operator watches of browsing: beats by what became of them."""

from __future__ import annotations

from prometheus_client import Counter

BEATS = Counter(
    "mall_view_beats_total",
    "Beats of view sessions: counted, again (counted before), or the code of the refusal",
    ["result"],
)
