"""Runs of reminders: which are due, and one batch of shoppers at a time.

A run is one day of expiry and one step. Its row is locked while a batch is sent and keeps how far
the run has come; a message is unique by shopper, day of expiry and step. So a run that is killed
goes on, and one that runs twice says nothing twice.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.clock import day_start, shop_day
from mall.kernel.db import db_now, transaction
from mall.kernel.failpoints import around_commit
from mall.kernel.prepared import PreparedStatement
from mall.points.reminders.expiring_message import remind
from mall.points.reminders.models import PointsReminderRun

STEPS = (30, 7, 1)
"""Days before the last day on which points can be used; the longest first."""
CATCH_UP_DAYS = 2
"""A step that was missed is made up for so many days, unless the next step is there."""
KEPT = timedelta(days=30)
BATCH = 500
# In the order of the index of open lots, so each batch costs the same however many lots there are.
# Points that were given after the day of the step aren't announced at that step.
_NEXT = PreparedStatement(
    """
    SELECT expires_at, user_id FROM points_lots
    WHERE remaining > 0 AND NOT frozen
      AND expires_at > CAST(:starts AS timestamptz) AND expires_at <= CAST(:ends AS timestamptz)
      AND (expires_at, user_id)
          > (CAST(:after_expires_at AS timestamptz), CAST(:after_user_id AS bigint))
      AND created_at < CAST(:known_by AS timestamptz)
    GROUP BY expires_at, user_id ORDER BY expires_at, user_id LIMIT :most
    """
)


def plan_runs() -> None:
    """Make the runs of today, and those of the last days that were missed. Repeats do nothing."""
    with transaction() as session:
        today = shop_day(db_now(session))
        for last_day, days_before in due(today):
            session.execute(
                insert(PointsReminderRun)
                .values(last_day=last_day, days_before=days_before)
                .on_conflict_do_nothing()
            )
        session.execute(delete(PointsReminderRun).where(PointsReminderRun.last_day < today - KEPT))


def due(today: date) -> list[tuple[date, int]]:
    """The runs, as (last day of use, days before), that a shop day asks for."""
    found = []
    for days_before, following in zip(STEPS, (*STEPS[1:], -1), strict=True):
        first = max(days_before - CATCH_UP_DAYS, following + 1)
        found += [
            (today + timedelta(days=days), days_before) for days in range(first, days_before + 1)
        ]
    return found


def remind_batch() -> bool:
    """Send one batch of the most urgent run; False when none is left or others are at it."""
    with transaction() as session:
        around_commit(session, "points.before_reminder_commit", "points.after_reminder_commit")
        run = _lock_next(session)
        if run is None:
            return False
        ends = day_start(run.last_day + timedelta(days=1))
        starts = day_start(run.last_day)
        found: list[Any] = _NEXT.rows(
            session,
            starts=starts,
            ends=ends,
            after_expires_at=run.after_expires_at or starts,
            after_user_id=run.after_user_id or 0,
            known_by=day_start(run.last_day - timedelta(days=run.days_before)),
            most=BATCH,
        )
        remind(session, {row.user_id for row in found}, run.last_day, run.days_before)
        _keep(session, run, found)
        return True


def _lock_next(session: Session) -> Any:
    return session.execute(
        select(
            PointsReminderRun.last_day,
            PointsReminderRun.days_before,
            PointsReminderRun.after_expires_at,
            PointsReminderRun.after_user_id,
        )
        .where(
            PointsReminderRun.done_at.is_(None),
            PointsReminderRun.last_day >= shop_day(db_now(session)),
        )
        .order_by(PointsReminderRun.last_day, PointsReminderRun.days_before)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()


def _keep(session: Session, run: Any, found: list[Any]) -> None:
    """How far the run has come; done when the batch wasn't full."""
    values: dict[str, Any] = {}
    if found:
        values = {
            "after_expires_at": found[-1].expires_at,
            "after_user_id": found[-1].user_id,
        }
    if len(found) < BATCH:
        values["done_at"] = func.clock_timestamp()
    session.execute(
        update(PointsReminderRun)
        .where(
            PointsReminderRun.last_day == run.last_day,
            PointsReminderRun.days_before == run.days_before,
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
