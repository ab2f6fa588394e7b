"""What becomes of reviews when their writer closes the account: what is shown stays, without a
name and without pictures."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from mall.reviews.writing.models import Review, ReviewChance
from mall.users.erasing import Eraser


def _erase(session: Session, user_id: int) -> None:
    session.execute(delete(ReviewChance).where(ReviewChance.user_id == user_id))
    session.scalars(select(Review.id).where(Review.user_id == user_id).with_for_update()).all()
    session.execute(
        update(Review)
        .where(Review.user_id == user_id)
        .values(user_id=None, anonymous=True, pictures=[], video=None)
    )


REVIEWS = Eraser(
    "reviews",
    _erase,
    "EXISTS (SELECT 1 FROM reviews r WHERE r.user_id = u.id)"
    " OR EXISTS (SELECT 1 FROM review_chances c WHERE c.user_id = u.id)",
)
