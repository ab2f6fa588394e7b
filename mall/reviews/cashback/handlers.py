"""A review that goes takes the promise of its show with it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.jobs import defer_many
from mall.reviews.cashback.models import CashbackShow
from mall.reviews.cashback.opening import ground_of
from mall.reviews.cashback.settling import SETTLE_JOB
from mall.reviews.writing.events import ReviewChanged
from mall.rewards.grounds import lock_ground


def follow_review(session: Session, event: ReviewChanged) -> None:
    """Look under the lock of the ground: a show that is being written is seen once it is there.
    What has to be done is done by a job of its own, so that no rules are locked here."""
    lock_ground(session, ground_of(event.review_id))
    show_id = session.scalar(
        select(CashbackShow.id).where(CashbackShow.review_id == event.review_id)
    )
    if show_id is not None:
        defer_many(session, SETTLE_JOB, [{"show_id": show_id}])
