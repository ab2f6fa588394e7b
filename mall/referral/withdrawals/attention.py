"""Withdrawals that somebody should look at."""

from __future__ import annotations

from sqlalchemy import func, select, text

from mall.kernel.invariants import AttentionList
from mall.payouts.models import Payout, PayoutTransfer
from mall.referral.promoters.models import BLOCKED, Promoter
from mall.referral.withdrawals.models import APPROVED, WAITING, Withdrawal

WAITING_LONG = AttentionList(
    "waiting_withdrawals",
    "withdrawals that have waited for staff for a day",
    "等待员工超过一天的提现",
    select(Withdrawal.number, Withdrawal.user_id, Withdrawal.amount_fen, Withdrawal.created_at)
    .where(
        Withdrawal.status == WAITING,
        Withdrawal.created_at < func.now() - text("interval '1 day'"),
    )
    .order_by(Withdrawal.id),
)
UNPAID = AttentionList(
    "unpaid_withdrawals",
    "approved withdrawals without money for seven days: nobody asked for it, or paid by hand",
    "已批准七天仍未到账的提现",
    select(Withdrawal.number, Withdrawal.user_id, Withdrawal.amount_fen, Withdrawal.created_at)
    .where(
        Withdrawal.status == APPROVED,
        # What no staff had to decide was approved when it was asked for.
        func.coalesce(Withdrawal.decided_at, Withdrawal.created_at)
        < func.now() - text("interval '7 days'"),
    )
    .order_by(Withdrawal.id),
)
BLOCKED_UNDER_WAY = AttentionList(
    "blocked_withdrawals",
    "transfers under way to promoters who are blocked: cancel them before they are confirmed",
    "给已封禁推广员的在途转账，请在确认前撤销",
    select(
        Withdrawal.number,
        Withdrawal.user_id,
        Payout.payout_no,
        PayoutTransfer.amount_fen,
        PayoutTransfer.status,
    )
    .join(Promoter, Promoter.user_id == Withdrawal.user_id)
    .join(Payout, Payout.id == Withdrawal.payout_id)
    .join(PayoutTransfer, PayoutTransfer.payout_id == Payout.id)
    .where(Promoter.status == BLOCKED, PayoutTransfer.ended_at.is_(None))
    .order_by(Withdrawal.id),
)
