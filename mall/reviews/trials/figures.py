"""What reviews and trials tell of shoppers: staff ask for it, and so do growth rules of promoters.

`trials_done` reviews of trials stand; `trials_late` of them came late; `trials_overdue` never
came yet. Of the shopper's reviews that stand, `picture_reviews` have pictures or a video, and
other shoppers found them helpful `review_votes` times.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session

from mall.reviews.ratings.models import ReviewVote
from mall.reviews.trials.models import TrialOfficer
from mall.reviews.writing.figures import reviews_changed
from mall.reviews.writing.models import Review
from mall.users.figures import Figures, ShopperFigures

TRIAL_NAMES = ("trials_done", "trials_late", "trials_overdue")
REVIEW_NAMES = ("picture_reviews", "review_votes")


def _find(session: Session, user_ids: Collection[int]) -> Mapping[int, Figures]:
    found: dict[int, dict[str, int]] = {}
    trials = select(
        TrialOfficer.user_id,
        TrialOfficer.done.label("trials_done"),
        TrialOfficer.late.label("trials_late"),
        TrialOfficer.overdue.label("trials_overdue"),
    ).where(TrialOfficer.user_id.in_(user_ids))
    for row in session.execute(trials):
        found.setdefault(row.user_id, {}).update(
            {name: int(getattr(row, name)) for name in TRIAL_NAMES}
        )
    shown = or_(func.cardinality(Review.pictures) > 0, Review.video.is_not(None))
    reviews = select(
        Review.user_id,
        func.sum(case((shown, 1), else_=0)).label("picture_reviews"),
        func.sum(Review.helpful).label("review_votes"),
    ).where(Review.user_id.in_(user_ids), Review.status == "approved", Review.origin == "shopper")
    for row in session.execute(reviews.group_by(Review.user_id)):
        found.setdefault(row.user_id, {}).update(
            {name: int(getattr(row, name)) for name in REVIEW_NAMES}
        )
    return found


def _trials_changed(since: datetime) -> Select[Any]:
    return select(TrialOfficer.user_id).where(TrialOfficer.changed_at >= since)


def _voted_for(since: datetime) -> Select[Any]:
    """Whose reviews somebody found helpful, or whose reviews changed: votes may be there before."""
    writer = select(Review.user_id).where(Review.id == ReviewVote.review_id).scalar_subquery()
    votes = select(writer.label("user_id")).where(
        ReviewVote.created_at >= since, ReviewVote.helpful
    )
    return select(votes.union_all(reviews_changed(since)).subquery().c.user_id)


TRIAL_FIGURES = ShopperFigures(
    "trials",
    (*TRIAL_NAMES, *REVIEW_NAMES),
    _find,
    # A trial costs nothing, and anybody may vote.
    without_buying=frozenset(TRIAL_NAMES + REVIEW_NAMES),
    risen={
        **dict.fromkeys(TRIAL_NAMES, _trials_changed),
        "picture_reviews": reviews_changed,
        "review_votes": _voted_for,
    },
)
