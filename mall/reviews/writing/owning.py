"""What of a review is its writer's: the review itself, and its uploads."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.reviews.writing.errors import ReviewNotFound
from mall.reviews.writing.models import Review
from mall.uploads.commands import Owner, attach, release


def must_own(session: Session, user_id: int, review_id: int) -> None:
    """Raises ReviewNotFound unless the review is this shopper's."""
    own = select(Review.id).where(Review.id == review_id, Review.user_id == user_id)
    if session.scalar(own) is None:
        raise ReviewNotFound


def swap_uploads(
    session: Session, user_id: int, holder: str, known: Collection[str], wanted: Collection[str]
) -> None:
    """`holder` uses the `wanted` uploads in place of the `known` ones. Raises UploadNotFound."""
    attach(session, Owner(user_id=user_id), [one for one in wanted if one not in known], holder)
    release(session, [one for one in known if one not in wanted], holder)
