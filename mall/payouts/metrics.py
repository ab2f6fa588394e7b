"""Metrics of payouts."""

from __future__ import annotations

from prometheus_client import Counter

TRANSFERS = Counter(
    "mall_payout_transfers_total", "Transfers to shoppers by how they ended", ["status"]
)
