"""Unopened boxes of a shopper who closes the account: opened or given back first."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.lottery.models import LotteryChances
from mall.users.closing import ClosingCheck


def _unopened(session: Session, user_id: int) -> str | None:
    count = session.scalar(
        select(func.sum(LotteryChances.boxed)).where(LotteryChances.user_id == user_id)
    )
    return f"还有 {count} 个盲盒未拆，请先拆开或退回" if count else None


UNOPENED_BOXES = ClosingCheck("blind boxes", _unopened)
