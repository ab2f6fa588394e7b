"""What an operator watches of refunds."""

from __future__ import annotations

from prometheus_client import Counter

REFUND_FAILURES = Counter(
    "mall_refund_failures_total", "Tries of refunds that didn't work out", ["reason"]
)
