"""What an operator watches of the fund-flow bill."""

from __future__ import annotations

from prometheus_client import Counter

COMPARISONS = Counter(
    "mall_fund_flow_comparisons_total",
    "Days compared with WeChat's fund-flow bill by how that ended",
    ["ending"],
)
