"""Metrics of commission."""

from __future__ import annotations

from prometheus_client import Counter

FEN = Counter(
    "mall_commission_fen_total",
    "Commission in fen by what became of it: accrued, settled, reversed, void",
    ["what"],
)
