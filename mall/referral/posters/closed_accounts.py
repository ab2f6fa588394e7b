"""Posters of a shopper who closes the account go: they show the nickname."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mall.referral.posters.models import Poster
from mall.uploads.storage import storage
from mall.users.erasing import Eraser


def _erase(session: Session, user_id: int) -> None:
    place = storage()
    for name in session.scalars(select(Poster.name).where(Poster.user_id == user_id)):
        place.delete(name)
    session.execute(delete(Poster).where(Poster.user_id == user_id))


POSTERS = Eraser("posters", _erase, "EXISTS (SELECT 1 FROM posters p WHERE p.user_id = u.id)")
