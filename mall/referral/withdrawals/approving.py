"""An approved withdrawal: the shop owes its promoter the money, as a payout."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from mall.payouts.owing import Owed, owe
from mall.referral.withdrawals.models import APPROVED, Withdrawal
from mall.referral.withdrawals.states import move

COMMISSION = "commission"
TITLE = "佣金提现"


def give(session: Session, withdrawal: Withdrawal, **decision: Any) -> None:
    """Approve a locked withdrawal that waits. Its payout is ready for the promoter. `decision` are
    the columns that say who decided.

    Raises WithdrawalDecided.
    """
    owed = Owed(COMMISSION, withdrawal.number, withdrawal.payable_fen, TITLE)
    payout_id = owe(session, withdrawal.user_id, owed)
    move(session, withdrawal, APPROVED, payout_id=payout_id, **decision)
