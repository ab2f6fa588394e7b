"""What moderation decides of reviews and follow-ups, and how they go."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mall.reviews.moderation.contents import Change
from mall.reviews.writing.models import Review, ReviewFollowUp
from mall.reviews.writing.names import (
    APPROVED,
    DELETED,
    attached_to,
    follow_up_attached_to,
)
from mall.reviews.writing.tasks import end_task
from mall.reviews.writing.terms import uploads_of
from mall.reviews.writing.watching import changing
from mall.uploads.commands import release

WITHDRAWN = "withdrawn"
"""What moderation calls a content whose writer deleted it."""


def follow_review(session: Session, change: Change) -> None:
    """A review's content has another status. One that is deleted stays so."""
    status = session.scalar(select(Review.status).where(Review.id == change.ref).with_for_update())
    if status is None or status in (DELETED, change.now):
        return
    with changing(session, change.ref) as row:
        if change.now == WITHDRAWN:
            erase_review(session, row)
        else:
            session.execute(
                update(Review).where(Review.id == row.id).values(_decided(change, Review))
            )


def follow_follow_up(session: Session, change: Change) -> None:
    """The same for a follow-up."""
    session.execute(select(Review.id).where(Review.id == change.ref).with_for_update())
    known = select(ReviewFollowUp.status).where(ReviewFollowUp.review_id == change.ref)
    status = session.scalar(known)
    if status is None or status in (DELETED, change.now):
        return
    with changing(session, change.ref):
        if change.now == WITHDRAWN:
            erase_follow_up(session, change.ref)
        else:
            session.execute(
                update(ReviewFollowUp)
                .where(ReviewFollowUp.review_id == change.ref)
                .values(_decided(change, ReviewFollowUp))
            )


def _decided(change: Change, table: type[Review] | type[ReviewFollowUp]) -> dict[str, Any]:
    values: dict[str, Any] = {"status": change.now, "reason": change.reason}
    if change.now == APPROVED:
        # Approved anew it keeps its first time.
        values["approved_at"] = func.coalesce(table.approved_at, func.clock_timestamp())
        values["reason"] = None
    return values


def erase_review(session: Session, row: Any) -> None:
    """Take out what a review says, with its follow-up; inside `changing`."""
    release(session, uploads_of(row.pictures, row.video), attached_to(row.id))
    session.execute(
        update(Review)
        .where(Review.id == row.id)
        .values(
            status=DELETED,
            deleted_at=func.clock_timestamp(),
            text="",
            pictures=[],
            video=None,
            reason=None,
        )
    )
    erase_follow_up(session, row.id)
    end_task(session, row.id)


def erase_follow_up(session: Session, review_id: int) -> None:
    """Take out what a follow-up says; inside `changing`."""
    pictures = session.scalar(
        select(ReviewFollowUp.pictures).where(ReviewFollowUp.review_id == review_id)
    )
    release(session, pictures or [], follow_up_attached_to(review_id))
    session.execute(
        update(ReviewFollowUp)
        .where(ReviewFollowUp.review_id == review_id)
        .values(
            status=DELETED,
            text="",
            pictures=[],
            reason=None,
            changed_at=func.clock_timestamp(),
        )
    )
