"""Votes on reviews, one a shopper, and where they put a review."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.reviews.ratings.errors import OwnReview
from mall.reviews.ratings.models import ReviewListing, ReviewVote
from mall.reviews.ratings.statistics import wilson
from mall.reviews.writing.errors import ReviewNotFound
from mall.reviews.writing.models import Review
from mall.reviews.writing.names import APPROVED
from mall.reviews.writing.watching import lock_review
from mall.users.queries import hold_open_account


def vote(user_id: int, review_id: int, *, helpful: bool) -> tuple[int, int]:
    """Vote, or change the vote; how many found the review helpful and how many didn't.

    Doing it again changes nothing. The review's lock orders the votes on it. Raises
    ReviewNotFound for one that isn't shown, OwnReview, AccountClosed.
    """
    with transaction() as session:
        hold_open_account(session, user_id)
        row = _lock_shown(session, user_id, review_id)
        before = _vote_of(session, user_id, review_id)
        if before is not None and before == helpful:
            return row.helpful, row.unhelpful
        session.execute(
            insert(ReviewVote)
            .values(review_id=review_id, user_id=user_id, helpful=helpful)
            .on_conflict_do_update(
                index_elements=["review_id", "user_id"],
                set_={"helpful": helpful, "created_at": func.clock_timestamp()},
            )
        )
        yes, no = row.helpful + int(helpful), row.unhelpful + int(not helpful)
        if before is not None:
            yes, no = yes - int(before), no - int(not before)
        return _put(session, review_id, yes, no)


def withdraw_vote(user_id: int, review_id: int) -> tuple[int, int]:
    """Take the vote back; the counts. Doing it again changes nothing. Raises ReviewNotFound."""
    with transaction() as session:
        row = _lock_shown(session, None, review_id)
        gone = session.scalar(
            delete(ReviewVote)
            .where(ReviewVote.review_id == review_id, ReviewVote.user_id == user_id)
            .returning(ReviewVote.helpful)
        )
        if gone is None:
            return row.helpful, row.unhelpful
        return _put(session, review_id, row.helpful - int(gone), row.unhelpful - int(not gone))


def _lock_shown(session: Session, voter: int | None, review_id: int) -> Any:
    row = lock_review(session, review_id)
    if row.status != APPROVED:
        raise ReviewNotFound
    if voter is not None and row.user_id == voter:
        raise OwnReview
    return row


def _vote_of(session: Session, user_id: int, review_id: int) -> bool | None:
    return session.scalar(
        select(ReviewVote.helpful).where(
            ReviewVote.review_id == review_id, ReviewVote.user_id == user_id
        )
    )


def _put(session: Session, review_id: int, helpful: int, unhelpful: int) -> tuple[int, int]:
    bound = wilson(helpful, unhelpful)
    quietly = {"synchronize_session": False}
    session.execute(
        update(Review)
        .where(Review.id == review_id)
        .values(helpful=helpful, unhelpful=unhelpful, wilson=bound),
        execution_options=quietly,
    )
    session.execute(
        update(ReviewListing).where(ReviewListing.review_id == review_id).values(wilson=bound),
        execution_options=quietly,
    )
    return helpful, unhelpful
