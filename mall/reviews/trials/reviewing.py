"""The review that a trial asks for: when it is due, whether it came, in time or late.

What has to be done follows from how the review stands, so events may come in any order, and twice.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from mall.kernel.db import db_now, transaction
from mall.messages.sending import send_soon
from mall.orders.events import OrderCompleted
from mall.reviews.trials.messages import TRIAL_DUE
from mall.reviews.trials.models import (
    ACCEPTED,
    DONE,
    OVERDUE,
    Trial,
    TrialApplication,
)
from mall.reviews.trials.moving import move
from mall.reviews.trials.records import count_records
from mall.reviews.trials.settings import BAN_DAYS, REMIND_DAYS
from mall.reviews.writing.events import ReviewChanged
from mall.reviews.writing.models import Review, ReviewFollowUp
from mall.reviews.writing.names import APPROVED, PENDING, SHOPPER, TRIAL

BATCH = 200
_RECEIVED = text(
    f"""
    UPDATE trial_applications a
    SET received_at = o.completed_at,
        due_at = o.completed_at + make_interval(days => t.review_days)
    FROM orders o, trials t
    WHERE o.order_no = :order_no AND o.kind = '{TRIAL}' AND o.completed_at IS NOT NULL
      AND a.order_id = o.id AND t.id = a.trial_id AND a.received_at IS NULL
    RETURNING a.id
    """  # noqa: S608 - words of our own
)
# The row may be there already, by the days that other orders have.
_MAY_WRITE = text(
    """
    INSERT INTO review_chances AS c (order_line_id, user_id, until)
    SELECT l.id, a.user_id, a.due_at + make_interval(days => :late_days)
    FROM orders o JOIN order_lines l ON l.order_id = o.id
    JOIN trial_applications a ON a.order_id = o.id
    JOIN users u ON u.id = a.user_id AND u.closed_at IS NULL
    WHERE o.order_no = :order_no
      AND NOT EXISTS (SELECT FROM reviews r WHERE r.order_line_id = l.id)
    ON CONFLICT (order_line_id) DO UPDATE SET until = greatest(c.until, excluded.until)
    """
)
# One whose review waits to be checked isn't overdue: it was sent in time.
_OVERDUE = text(
    """
    WITH due AS (
        SELECT a.id FROM trial_applications a
        WHERE a.status = 'accepted' AND a.due_at <= clock_timestamp() AND NOT EXISTS (
            SELECT FROM reviews r WHERE r.order_id = a.order_id AND r.status = 'pending'
                AND r.created_at <= a.due_at)
        ORDER BY a.due_at LIMIT :batch FOR UPDATE SKIP LOCKED
    )
    UPDATE trial_applications a SET status = 'overdue', changed_at = clock_timestamp()
    FROM due WHERE a.id = due.id AND a.status = 'accepted' RETURNING a.user_id
    """
)
_REMIND = text(
    """
    WITH due AS (
        SELECT a.id FROM trial_applications a
        WHERE a.status = 'accepted' AND a.reminded_at IS NULL AND a.due_at > clock_timestamp()
          AND a.due_at <= clock_timestamp() + make_interval(days => :days)
          AND NOT EXISTS (
              SELECT FROM reviews r WHERE r.order_id = a.order_id AND r.status = 'pending')
        ORDER BY a.due_at LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    UPDATE trial_applications a SET reminded_at = clock_timestamp()
    FROM due WHERE a.id = due.id RETURNING a.id, a.user_id, a.due_at
    """
)


# Pictures that are missing may come with the follow-up.
_FOLLOW_UP = (
    select(func.coalesce(func.max(func.cardinality(ReviewFollowUp.pictures)), 0))
    .where(ReviewFollowUp.review_id == Review.id, ReviewFollowUp.status == APPROVED)
    .correlate(Review)
    .scalar_subquery()
)


def count_from_receipt(session: Session, event: OrderCompleted) -> None:
    """The shopper has the goods: the review is due some days from then. It may be written for as
    long as it may be made up for."""
    if session.execute(_RECEIVED, {"order_no": event.order_no}).first() is not None:
        values = {"order_no": event.order_no, "late_days": BAN_DAYS.get()}
        session.execute(_MAY_WRITE, values)


def follow_review(session: Session, event: ReviewChanged) -> None:
    """A review of a trial's order that fits makes the trial done; one that no longer stands makes
    it wait again, or overdue."""
    found = session.execute(
        select(
            TrialApplication.id,
            TrialApplication.status,
            TrialApplication.due_at,
            Trial.min_pictures,
            Trial.needs_video,
        )
        .join(Review, Review.order_id == TrialApplication.order_id)
        .join(Trial, Trial.id == TrialApplication.trial_id)
        .where(Review.id == event.review_id)
        .with_for_update(of=TrialApplication)
    ).one_or_none()
    if found is None:
        return
    # Read under the lock: of two events the later one sees what the earlier one saw, or more.
    written = session.execute(
        select(
            Review.status,
            Review.origin,
            Review.created_at,
            (func.cardinality(Review.pictures) + _FOLLOW_UP).label("pictures"),
            Review.video,
        ).where(Review.id == event.review_id)
    ).one()
    if fits(found, written):
        _finish(session, event.review_id, found, written)
    elif found.status == DONE and written.status != PENDING:
        _reopen(session, found)


def fits(asked: Any, written: Any) -> bool:
    """Whether a review is what the trial asked for. Its stars are no matter."""
    if written.status != APPROVED or written.origin != SHOPPER:
        return False
    if written.video is not None:
        return True
    return not asked.needs_video and written.pictures >= asked.min_pictures


def _finish(session: Session, review_id: int, found: Any, written: Any) -> None:
    if found.status not in (ACCEPTED, OVERDUE):
        return
    move(
        session,
        found.id,
        found.status,
        DONE,
        review_id=review_id,
        done_at=func.clock_timestamp(),
        late=found.due_at is not None and written.created_at > found.due_at,
    )


def _reopen(session: Session, found: Any) -> None:
    is_over = found.due_at is not None and found.due_at <= db_now(session)
    now = OVERDUE if is_over else ACCEPTED
    move(session, found.id, DONE, now, review_id=None, done_at=None, late=False)


def mark_overdue() -> int:
    """A batch of reviews that didn't come in time: how many."""
    with transaction() as session:
        user_ids = session.scalars(_OVERDUE, {"batch": BATCH}).all()
        count_records(session, user_ids)
        return len(user_ids)


def remind_next() -> bool:
    """Remind one shopper whose review is due soon, once; False when none is left."""
    with transaction() as session:
        row = session.execute(_REMIND, {"days": REMIND_DAYS.get()}).one_or_none()
        if row is None:
            return False
        send_soon(session, TRIAL_DUE.name, str(row.id), row.user_id, good_until=row.due_at)
        return True
