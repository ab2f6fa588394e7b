"""Metrics of the points mall."""

from __future__ import annotations

from prometheus_client import Counter

DELIVERIES = Counter(
    "mall_exchange_deliveries_total",
    "Rewards and codes of the points mall that were delivered, or refunded instead.",
    ["kind", "outcome"],
)
