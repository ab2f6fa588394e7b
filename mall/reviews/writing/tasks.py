"""Reviews of one or two stars: staff answer them in time."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.reviews.writing.errors import ReviewTaskNotFound
from mall.reviews.writing.models import ReviewTask
from mall.reviews.writing.settings import ANSWER_HOURS
from mall.staff.audit import record


def open_task(session: Session, review_id: int) -> None:
    """Ask staff to answer a review within `reviews.answer_hours`; one that was done stays done."""
    due_at = func.clock_timestamp() + timedelta(hours=ANSWER_HOURS.get())
    session.execute(
        insert(ReviewTask).values(review_id=review_id, due_at=due_at).on_conflict_do_nothing()
    )


def end_task(
    session: Session, review_id: int, staff_id: int | None = None, note: str | None = None
) -> bool:
    """Close the task of a review; False when it has none that is open.

    Without a staff member it closes because the review went, or has more stars now.
    """
    done = session.execute(
        update(ReviewTask)
        .where(ReviewTask.review_id == review_id, ReviewTask.done_at.is_(None))
        .values(done_at=func.clock_timestamp(), done_by=staff_id, note=note)
        .returning(ReviewTask.review_id)
    ).first()
    return done is not None


def close_task(staff_id: int, review_id: int, note: str) -> None:
    """Close the task of a review by telling what was done. Raises ReviewTaskNotFound."""
    with transaction() as session:
        if not end_task(session, review_id, staff_id, note):
            raise ReviewTaskNotFound
        record(
            session,
            action="review.close_task",
            target_type="review",
            target_id=review_id,
            after={"note": note},
        )
