"""What a shopper looked at is erased when the account closes."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from mall.missions.browsing.models import ViewDay, ViewSession
from mall.users.erasing import Eraser


def _erase(session: Session, user_id: int) -> None:
    # The day's row first: it is the lock of what is under way.
    for table in (ViewDay, ViewSession):
        session.execute(delete(table).where(table.user_id == user_id))


VIEWS = Eraser(
    "browsing",
    _erase,
    "EXISTS (SELECT 1 FROM view_days d WHERE d.user_id = u.id)"
    " OR EXISTS (SELECT 1 FROM view_sessions s WHERE s.user_id = u.id)",
)
