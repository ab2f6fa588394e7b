"""Locks of a shopper who closes the account: they end without a gain, the rows stay."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.points.lockups.ending import end_all_of
from mall.points.lockups.models import RUNNING, Lockup
from mall.users.closing import ClosingLoss
from mall.users.erasing import Eraser

LOCKUPS = Eraser(
    "lock-ups",
    end_all_of,
    "EXISTS (SELECT 1 FROM lockups l WHERE l.user_id = u.id AND l.status = 'running')",
)


def _lost(session: Session, user_id: int) -> str | None:
    points, gain = session.execute(
        select(func.sum(Lockup.points), func.sum(Lockup.gain)).where(
            Lockup.user_id == user_id, Lockup.status == RUNNING
        )
    ).one()
    return f"{points} 积分（锁定中）及其 {gain} 积分奖励将作废" if points else None


LOCKED_LOST = ClosingLoss("lock-ups", _lost)
