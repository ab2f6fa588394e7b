"""What becomes of reviews when their writer closes the account: what is shown stays, without a
name and without pictures; the rest goes."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from mall.reviews.moderation import contents
from mall.reviews.writing.editing import withdraw_review
from mall.reviews.writing.following import erase_follow_up
from mall.reviews.writing.models import Review, ReviewChance, ReviewFollowUp
from mall.reviews.writing.names import (
    APPROVED,
    DELETED,
    FOLLOW_UP,
    REVIEW,
    attached_to,
    follow_up_attached_to,
)
from mall.reviews.writing.terms import uploads_of
from mall.reviews.writing.watching import changing
from mall.uploads.commands import release
from mall.users.erasing import Eraser


def _erase(session: Session, user_id: int) -> None:
    session.execute(delete(ReviewChance).where(ReviewChance.user_id == user_id))
    own = select(Review.id, Review.status).where(Review.user_id == user_id).order_by(Review.id)
    for row in session.execute(own).all():
        if row.status == APPROVED:
            _take_name_from(session, row.id)
        elif row.status != DELETED:
            withdraw_review(session, row.id)
    session.execute(
        update(Review).where(Review.user_id == user_id).values(user_id=None, anonymous=True)
    )


def _take_name_from(session: Session, review_id: int) -> None:
    for kind in (REVIEW, FOLLOW_UP):
        contents.lock_content(session, kind, review_id)
    with changing(session, review_id) as row:
        release(session, uploads_of(row.pictures, row.video), attached_to(review_id))
        session.execute(
            update(Review)
            .where(Review.id == review_id)
            .values(user_id=None, anonymous=True, pictures=[], video=None)
        )
        follow_up = session.execute(
            select(ReviewFollowUp.status, ReviewFollowUp.pictures).where(
                ReviewFollowUp.review_id == review_id
            )
        ).one_or_none()
        is_shown = follow_up is not None and follow_up.status == APPROVED
        if is_shown and follow_up is not None:
            release(session, follow_up.pictures, follow_up_attached_to(review_id))
            session.execute(
                update(ReviewFollowUp)
                .where(ReviewFollowUp.review_id == review_id)
                .values(pictures=[])
            )
        elif follow_up is not None:
            erase_follow_up(session, review_id)
    if follow_up is not None and not is_shown:
        contents.withdraw(session, FOLLOW_UP, review_id)


REVIEWS = Eraser(
    "reviews",
    _erase,
    "EXISTS (SELECT 1 FROM reviews r WHERE r.user_id = u.id)"
    " OR EXISTS (SELECT 1 FROM review_chances c WHERE c.user_id = u.id)",
)
