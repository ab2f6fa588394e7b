"""An approved withdrawal: the shop owes its promoter the money, as a payout."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.payouts.owing import Owed, owe
from mall.referral.withdrawals.models import APPROVED, Withdrawal

COMMISSION = "commission"
TITLE = "佣金提现"


def give(session: Session, withdrawal: Withdrawal) -> None:
    """Approve a locked withdrawal that waits. Its payout is ready for the promoter."""
    owed = Owed(COMMISSION, withdrawal.number, withdrawal.payable_fen, TITLE)
    withdrawal.payout_id = owe(session, withdrawal.user_id, owed)
    withdrawal.status = APPROVED
    session.flush()
