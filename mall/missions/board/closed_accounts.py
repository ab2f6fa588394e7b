"""What is erased of a shopper who closes the account: progress and its facts. An unlock keeps its
place of the code without saying whose it was; rewards stay on record."""

from __future__ import annotations

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from mall.missions.board.models import MissionProgress, MissionUnlock
from mall.users.erasing import Eraser


def _erase(session: Session, user_id: int) -> None:
    session.execute(delete(MissionProgress).where(MissionProgress.user_id == user_id))
    session.execute(
        update(MissionUnlock).where(MissionUnlock.user_id == user_id).values(user_id=None)
    )


MISSIONS = Eraser(
    "missions",
    _erase,
    "EXISTS (SELECT 1 FROM mission_progress p WHERE p.user_id = u.id)"
    " OR EXISTS (SELECT 1 FROM mission_unlocks l WHERE l.user_id = u.id)",
)
