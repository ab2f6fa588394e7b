"""Chances of a shopper who closes the account: nobody draws with them. Draws, wins and entries stay
on record by the shopper's id."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.lottery.models import Lottery, LotteryChances
from mall.users.closing import ClosingLoss


def _lost(session: Session, user_id: int) -> str | None:
    left = session.scalar(
        select(func.sum(LotteryChances.given + LotteryChances.bought))
        .join(Lottery, Lottery.id == LotteryChances.lottery_id)
        .where(LotteryChances.user_id == user_id, Lottery.ended_at.is_(None))
    )
    return f"{left} 次抽奖机会将作废" if left else None


CHANCES_LOST = ClosingLoss("lottery chances", _lost)
