"""Figures of settlement."""

from __future__ import annotations

from prometheus_client import Counter

OUTCOMES = Counter(
    "mall_groupbuy_outcomes_total",
    "What was done with a member's order once its team was formed or over, or that it failed:"
    " release, settle, refund, fault",
    ["outcome"],
)
