"""Who may withdraw: who is or was a promoter, isn't blocked and owes the shop nothing. What was
earned stays theirs when they stop being one."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.payouts.queries import debt_of
from mall.referral.commission.queries import balance_of
from mall.referral.promoters.models import BLOCKED, Promoter
from mall.referral.withdrawals.errors import NotAPromoter, PromoterBlocked, WithdrawalDebt


def check_standing(session: Session, user_id: int) -> None:
    """Raises NotAPromoter, PromoterBlocked."""
    found = session.execute(
        select(Promoter.status, Promoter.active_at).where(Promoter.user_id == user_id)
    ).one_or_none()
    if found is None or found.active_at is None:
        raise NotAPromoter
    if found.status == BLOCKED:
        raise PromoterBlocked


def debt_fen(session: Session, user_id: int) -> int:
    """What a promoter owes the shop: cash rewards and commission that were taken back."""
    return debt_of(session, user_id) + balance_of(session, user_id).debt_fen


def check_debt(session: Session, user_id: int) -> None:
    """Raises WithdrawalDebt. A debt may come up at any time: look before each step that pays."""
    if debt_fen(session, user_id):
        raise WithdrawalDebt
