"""Votes of whoever closes the account stay counted, without a name."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from mall.reviews.ratings.models import ReviewVote
from mall.users.erasing import Eraser


def _erase(session: Session, user_id: int) -> None:
    session.execute(update(ReviewVote).where(ReviewVote.user_id == user_id).values(user_id=None))


VOTES = Eraser(
    "review votes",
    _erase,
    "EXISTS (SELECT 1 FROM review_votes v WHERE v.user_id = u.id)",
)
