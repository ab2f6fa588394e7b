"""What an operator watches of the reconciliation."""

from __future__ import annotations

from prometheus_client import Counter

RECONCILIATIONS = Counter(
    "mall_reconciliations_total", "Runs of the daily reconciliation by how they ended", ["ending"]
)
