"""What of the fund-flow bill needs somebody."""

from __future__ import annotations

from sqlalchemy import select

from mall.kernel.invariants import AttentionList
from mall.payments.reconciliation.days import overdue
from mall.payouts.fundflow.models import FundFlowDay, FundFlowFinding

FINDINGS = AttentionList(
    "fund_flow_findings",
    "differences between WeChat's fund-flow bill and our transfers",
    "微信资金账单与转账的差异",
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
UNCOMPARED = AttentionList(
    "fund_flow_days",
    "days that couldn't be compared with WeChat's fund-flow bill",
    "未能与微信资金账单核对的日期",
    select(FundFlowDay.day, FundFlowDay.status, FundFlowDay.error)
    .where(overdue(FundFlowDay))
    .order_by(FundFlowDay.day.desc()),
)
