"""What a promoter has withdrawn, or is withdrawing, on a shop day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.referral.withdrawals.models import OPEN_STATUSES, PAID, Withdrawal


@dataclass(frozen=True, slots=True)
class Day:
    """How many withdrawals, of how much."""

    count: int
    amount_fen: int


def of_day(session: Session, user_id: int, day: date) -> Day:
    """What counts of a day: not what was refused, cancelled or came back."""
    row = session.execute(
        select(func.count(), func.coalesce(func.sum(Withdrawal.amount_fen), 0)).where(
            Withdrawal.user_id == user_id,
            Withdrawal.day == day,
            Withdrawal.status.in_((*OPEN_STATUSES, PAID)),
        )
    ).one()
    return Day(int(row[0]), int(row[1]))
