"""The fund-flow bill, a part of payouts."""

from __future__ import annotations

from sqlalchemy import select

from mall.kernel.features import Mall
from mall.kernel.invariants import AttentionList
from mall.payouts.fundflow.models import FundFlowFinding

FINDINGS = AttentionList(
    "fund_flow_findings",
    "differences between WeChat's fund-flow bill and our transfers",
    select(
        FundFlowFinding.day,
        FundFlowFinding.kind,
        FundFlowFinding.number,
        FundFlowFinding.theirs_fen,
        FundFlowFinding.ours_fen,
    )
    .where(FundFlowFinding.resolved_at.is_(None))
    .order_by(FundFlowFinding.day.desc(), FundFlowFinding.id),
)


def install(mall: Mall) -> None:
    """Declare the fund-flow bill."""
    mall.attention(FINDINGS)
