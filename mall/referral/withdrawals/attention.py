"""Withdrawals that somebody should look at."""

from __future__ import annotations

from sqlalchemy import func, select, text

from mall.kernel.invariants import AttentionList
from mall.referral.withdrawals.models import APPROVED, WAITING, Withdrawal

WAITING_LONG = AttentionList(
    "waiting_withdrawals",
    "withdrawals that have waited for staff for a day",
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
    select(Withdrawal.number, Withdrawal.user_id, Withdrawal.amount_fen, Withdrawal.created_at)
    .where(
        Withdrawal.status == APPROVED,
        Withdrawal.created_at < func.now() - text("interval '7 days'"),
    )
    .order_by(Withdrawal.id),
)
