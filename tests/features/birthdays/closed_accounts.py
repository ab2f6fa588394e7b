"""Who closes the account is born on no day any more."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from mall.users.erasing import Eraser
from tests.features.birthdays.models import Birthday


def _erase(session: Session, user_id: int) -> None:
    session.execute(delete(Birthday).where(Birthday.user_id == user_id))


BIRTHDAYS = Eraser("birthdays", _erase, "EXISTS (SELECT 1 FROM birthdays b WHERE b.user_id = u.id)")
