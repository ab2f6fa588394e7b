"""Payouts: money to shoppers."""

from __future__ import annotations

from mall.approvals.kinds import APPROVAL_KINDS, CARRYING_OUT
from mall.kernel.features import Mall
from mall.kernel.outbound import CALL_KINDS
from mall.messages.kinds import KINDS
from mall.payments.notifications import NOTIFICATION_HANDLERS
from mall.payouts import admin, callbacks, metrics, routes
from mall.payouts.attention import REFUSED_TRANSFERS, STUCK_TRANSFERS
from mall.payouts.closed_accounts import UNDER_WAY, WAITING
from mall.payouts.fundflow import feature as fundflow
from mall.payouts.granter import CashGranter
from mall.payouts.invariants import INVARIANTS
from mall.payouts.kinds import PAYOUT_KINDS
from mall.payouts.notifications import TRANSFER_FINISHED
from mall.payouts.paying_by_hand import BY_HAND
from mall.payouts.ready_message import PAYOUT_READY
from mall.payouts.rewards_kind import REWARDS
from mall.payouts.sending import TRANSFER
from mall.payouts.settings import SETTINGS as OWN
from mall.payouts.taxes import feature as taxes
from mall.rewards.granters import GRANTERS
from mall.settings import SETTINGS
from mall.users.closing import CLOSING_CHECKS, CLOSING_LOSSES


def install(mall: Mall) -> None:
    """Declare payouts."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(routes.blp, admin.blp, callbacks.blp)
    mall.permissions(
        {
            "payout:read": "查看现金发放",
            "payout:write": "撤销、重试转账，登记线下打款",
            "payout:approve": "复核线下打款",
        }
    )
    mall.add(CALL_KINDS, TRANSFER)
    mall.add(NOTIFICATION_HANDLERS, TRANSFER_FINISHED)
    mall.add(PAYOUT_KINDS, REWARDS)
    mall.add(GRANTERS, CashGranter())
    mall.add(KINDS, PAYOUT_READY)
    mall.add(APPROVAL_KINDS, BY_HAND)
    mall.fails(CARRYING_OUT, "payout_not_found", "payout_not_ready")
    mall.add(CLOSING_CHECKS, UNDER_WAY)
    mall.add(CLOSING_LOSSES, WAITING)
    mall.attention(STUCK_TRANSFERS, REFUSED_TRANSFERS)
    mall.metrics(metrics)
    mall.invariants(*INVARIANTS)
    fundflow.install(mall)
    taxes.install(mall)
