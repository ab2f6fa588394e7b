"""The code of a shopper who closes the account; what was given and taken stays."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from mall.points.till.models import TillCode
from mall.users.erasing import Eraser


def _erase(session: Session, user_id: int) -> None:
    session.execute(delete(TillCode).where(TillCode.user_id == user_id))


TILL_CODES = Eraser(
    "till codes", _erase, "EXISTS (SELECT 1 FROM till_codes c WHERE c.user_id = u.id)"
)
