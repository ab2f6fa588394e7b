"""A withdrawal is taken back, by its promoter or by staff, before WeChat has it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.failpoints import around_commit
from mall.payouts.by_hand_pending import check_no_hand
from mall.payouts.models import Payout
from mall.payouts.owing import void
from mall.referral.withdrawals.ending import end
from mall.referral.withdrawals.errors import WithdrawalDecided, WithdrawalUnderWay
from mall.referral.withdrawals.locking import lock_withdrawal
from mall.referral.withdrawals.models import CANCELED, Withdrawal
from mall.referral.withdrawals.states import may_move
from mall.staff.audit import record

AROUND = ("withdrawals.before_cancel_commit", "withdrawals.after_cancel_commit")


def cancel(user_id: int, number: str) -> None:
    """The promoter takes it back: the commission is available again and the payout void;
    again is once.

    Raises WithdrawalNotFound, WithdrawalUnderWay while WeChat has its transfer,
    PayoutByHandPending, WithdrawalDecided when it is over otherwise.
    """
    with transaction() as session:
        around_commit(session, *AROUND)
        which = (Withdrawal.number == number) & (Withdrawal.user_id == user_id)
        withdrawal, payout = lock_withdrawal(session, which)
        if withdrawal.status != CANCELED:
            _cancel(session, withdrawal, payout, None)


def cancel_by_staff(number: str, reason: str) -> None:
    """Staff take it back, with a reason that the promoter reads. Raises as `cancel` does."""
    with transaction() as session:
        withdrawal, payout = lock_withdrawal(session, Withdrawal.number == number)
        if withdrawal.status == CANCELED:
            return
        _cancel(session, withdrawal, payout, reason)
        record(
            session,
            action="withdrawal.cancel",
            target_type="withdrawal",
            target_id=number,
            after={"amount_fen": withdrawal.amount_fen, "reason": reason},
        )


def _cancel(
    session: Session, withdrawal: Withdrawal, payout: Payout | None, reason: str | None
) -> None:
    if not may_move(withdrawal, CANCELED):
        raise WithdrawalDecided
    if payout is not None:
        if payout.status != "ready":
            raise WithdrawalUnderWay
        check_no_hand(session, payout)
        void(session, payout)
    end(session, withdrawal, CANCELED, cancel_reason=reason)
