"""Commission that somebody should look at."""

from __future__ import annotations

from sqlalchemy import func, select, text

from mall.kernel.invariants import AttentionList
from mall.referral.commission.line_models import CommissionLine
from mall.referral.commission.models import CommissionAccount

WAITING = AttentionList(
    "waiting_commission",
    "commission that has waited for a week after it was due: its invitation isn't cleared, or its"
    " promoter is blocked",
    "到期一周仍未结算的佣金",
    select(
        CommissionLine.id,
        CommissionLine.promoter_id,
        CommissionLine.waits,
        CommissionLine.binding_id,
        CommissionLine.upper_binding_id,
        CommissionLine.due_at,
    )
    .where(
        CommissionLine.status == "pending",
        CommissionLine.look_at.is_not(None),
        CommissionLine.waits.is_not(None),
        CommissionLine.due_at < func.now() - text("interval '7 days'"),
    )
    .order_by(CommissionLine.due_at),
)
DEBTS = AttentionList(
    "commission_debts",
    "promoters who owe commission that was taken back after they had withdrawn it",
    "提现后佣金被收回而欠款的推广员",
    select(CommissionAccount.user_id, CommissionAccount.debt_fen)
    .where(CommissionAccount.debt_fen > 0)
    .order_by(CommissionAccount.user_id),
)
