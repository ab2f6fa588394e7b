"""Likes and collections of whoever closes the account stay counted, without a name."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from mall.reviews.show.models import ShowCollect, ShowLike
from mall.users.erasing import Eraser


def _erase(session: Session, user_id: int) -> None:
    for mark in (ShowLike, ShowCollect):
        session.execute(update(mark).where(mark.user_id == user_id).values(user_id=None))


SHOW_MARKS = Eraser(
    "buyer show marks",
    _erase,
    "EXISTS (SELECT 1 FROM show_likes l WHERE l.user_id = u.id)"
    " OR EXISTS (SELECT 1 FROM show_collects c WHERE c.user_id = u.id)",
)
