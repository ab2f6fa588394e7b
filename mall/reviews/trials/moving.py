"""An application goes from one state to the next, only along the table of what may follow.

Its shopper's record goes along.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from mall.reviews.trials.models import (
    ACCEPTED,
    APPLIED,
    CANCELED,
    DECLINED,
    DONE,
    LAPSED,
    NOT_PICKED,
    OVERDUE,
    PICKED,
    TrialApplication,
)
from mall.reviews.trials.records import COUNTED, count_records

TRANSITIONS: dict[str, frozenset[str]] = {
    APPLIED: frozenset({PICKED, NOT_PICKED, DECLINED}),
    PICKED: frozenset({ACCEPTED, DECLINED, LAPSED}),
    ACCEPTED: frozenset({DONE, OVERDUE, CANCELED}),
    # A review that is deleted or hidden doesn't stand for the trial any more.
    DONE: frozenset({ACCEPTED, OVERDUE}),
    OVERDUE: frozenset({DONE}),
    NOT_PICKED: frozenset(),
    DECLINED: frozenset(),
    LAPSED: frozenset(),
    CANCELED: frozenset(),
}


def move(session: Session, application_id: int, was: str, now: str, **values: Any) -> bool:
    """Move an application; False when it isn't in `was` (any more). Raises ValueError for a step
    that isn't in the table.

    Lock order: application, its shopper's record.
    """
    if now not in TRANSITIONS[was]:
        raise ValueError(f"an application doesn't go from {was} to {now}")
    moved = session.execute(
        update(TrialApplication)
        .where(TrialApplication.id == application_id, TrialApplication.status == was)
        .values(status=now, changed_at=func.clock_timestamp(), **values)
        .returning(TrialApplication.user_id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if moved is not None and not COUNTED.isdisjoint((was, now)):
        count_records(session, [moved])
    return moved is not None
