"""Reads of commission."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.referral.commission.models import CommissionAccount


@dataclass(frozen=True, slots=True)
class Balance:
    """What a promoter has, in fen; see CommissionAccount."""

    pending_fen: int = 0
    available_fen: int = 0
    held_fen: int = 0
    debt_fen: int = 0


def balance_of(session: Session, user_id: int) -> Balance:
    """What a shopper has; all zeros for who never had anything."""
    row = session.execute(
        select(
            CommissionAccount.pending_fen,
            CommissionAccount.available_fen,
            CommissionAccount.held_fen,
            CommissionAccount.debt_fen,
        ).where(CommissionAccount.user_id == user_id)
    ).one_or_none()
    return Balance() if row is None else Balance(*row)
