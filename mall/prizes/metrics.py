"""What prizes count."""

from __future__ import annotations

from prometheus_client import Counter

PRIZES = Counter(
    "mall_prizes_total",
    "Physical prizes by what became of them: given, ordered, expired, waiting again …",
    ["step"],
)
