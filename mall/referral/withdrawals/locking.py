"""A withdrawal, held: its payout's row first, then its own, then the accounts."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from mall.payouts.locking import lock_payout
from mall.payouts.models import Payout
from mall.referral.withdrawals.errors import WithdrawalDecided, WithdrawalNotFound
from mall.referral.withdrawals.models import Withdrawal


def lock_withdrawal(
    session: Session, which: ColumnElement[bool]
) -> tuple[Withdrawal, Payout | None]:
    """The one withdrawal that `which` selects and its payout, if it has one; both locked.

    Raises WithdrawalNotFound; WithdrawalDecided when it is being approved at this moment.
    """
    payout_id = session.scalar(select(Withdrawal.payout_id).where(which))
    payout = None if payout_id is None else lock_payout(session, Payout.id == payout_id)
    withdrawal = lock_own_row(session, which)
    if withdrawal is None:
        raise WithdrawalNotFound
    if withdrawal.payout_id != payout_id:
        raise WithdrawalDecided
    return withdrawal, payout


def lock_own_row(session: Session, which: ColumnElement[bool]) -> Withdrawal | None:
    """Only the withdrawal's row: for who holds its payout already."""
    return session.scalars(
        select(Withdrawal)
        .where(which)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
