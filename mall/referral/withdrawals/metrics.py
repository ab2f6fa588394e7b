"""Metrics of withdrawals."""

from __future__ import annotations

from prometheus_client import Counter

WITHDRAWALS = Counter(
    "mall_withdrawals_total", "Withdrawals of commission by how they ended", ["status"]
)
