"""Withdrawals."""

from __future__ import annotations

from mall.approvals.kinds import APPROVAL_KINDS, CARRYING_OUT
from mall.kernel.features import Mall
from mall.messages.kinds import KINDS
from mall.payouts.kinds import PAYOUT_KINDS
from mall.referral.withdrawals import admin, metrics, routes
from mall.referral.withdrawals.attention import BLOCKED_UNDER_WAY, UNPAID, WAITING_LONG
from mall.referral.withdrawals.deciding import APPROVAL
from mall.referral.withdrawals.ended_message import WITHDRAWAL_ENDED
from mall.referral.withdrawals.ending import COMMISSIONS
from mall.referral.withdrawals.invariants import INVARIANTS
from mall.referral.withdrawals.settings import SETTINGS as OWN
from mall.settings import SETTINGS


def install(mall: Mall) -> None:
    """Declare withdrawals."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions(
        {
            "withdrawal:read": "查看佣金提现",
            "withdrawal:write": "审核、取消佣金提现",
            "withdrawal:approve": "复核大额佣金提现",
        }
    )
    mall.add(PAYOUT_KINDS, COMMISSIONS)
    mall.add(KINDS, WITHDRAWAL_ENDED)
    mall.add(APPROVAL_KINDS, APPROVAL)
    mall.fails(
        CARRYING_OUT, "not_a_promoter", "promoter_blocked", "withdrawal_debt", "withdrawal_decided"
    )
    mall.attention(WAITING_LONG, UNPAID, BLOCKED_UNDER_WAY)
    mall.metrics(metrics)
    mall.invariants(*INVARIANTS)
