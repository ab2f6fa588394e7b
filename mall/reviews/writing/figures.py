"""How many reviews of a shopper are shown, for the staff's list and for rules of growth."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from mall.reviews.writing.models import Review
from mall.reviews.writing.names import APPROVED, SHOPPER
from mall.users.figures import Figures, ShopperFigures
from mall.users.models import User

REVIEWS_APPROVED = "reviews_approved"
_COUNTS = (Review.status == APPROVED) & (Review.origin == SHOPPER)


def _find(session: Session, user_ids: Collection[int]) -> Mapping[int, Figures]:
    rows = session.execute(
        select(Review.user_id, func.count().label("reviews"))
        .where(Review.user_id.in_(user_ids), _COUNTS)
        .group_by(Review.user_id)
    )
    return {row.user_id: {REVIEWS_APPROVED: row.reviews} for row in rows}


def reviews_changed(since: datetime) -> Select[Any]:
    """Whose reviews changed, of those that are shown."""
    return select(Review.user_id).where(Review.changed_at >= since, _COUNTS)


REVIEW_FIGURES = ShopperFigures(
    "reviews",
    (REVIEWS_APPROVED,),
    _find,
    conditions={REVIEWS_APPROVED: exists().where(Review.user_id == User.id, _COUNTS)},
    risen={REVIEWS_APPROVED: reviews_changed},
)
