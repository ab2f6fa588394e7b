"""Reminders: at the hour that a shopper chose, unless the day has its check-in."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.clock import SHOP_ZONE, day_start, shop_day
from mall.kernel.db import db_now, transaction
from mall.kernel.failpoints import around_commit
from mall.messages import quiet_hours
from mall.messages.sending import send_soon_to
from mall.missions.checkin.errors import CheckInReminderQuiet
from mall.missions.checkin.models import CheckInPlan, CheckInReminder
from mall.missions.checkin.reminder_message import CHECK_IN_REMINDER
from mall.missions.checkin.settings import CHECK_IN_OPEN

BATCH = 500
_DAY = timedelta(days=1)
# All that are due are handled, also those who have checked in: nobody is looked at twice a day.
_HANDLE = text(
    """
    WITH due AS (
        SELECT user_id FROM check_in_reminders
        WHERE hour <= :hour AND handled_on < :today
        ORDER BY hour, handled_on LIMIT :batch FOR UPDATE SKIP LOCKED
    ), handled AS (
        UPDATE check_in_reminders r SET handled_on = :today FROM due
        WHERE r.user_id = due.user_id RETURNING r.user_id
    )
    SELECT h.user_id, coalesce(s.last_day >= :today, false) AS checked_in
    FROM handled h LEFT JOIN check_in_states s ON s.user_id = h.user_id
    """
)


def set_reminder(user_id: int, hour: int) -> None:
    """Remind the shopper at this hour of the shop's clock, from the next time that it strikes.

    Raises CheckInReminderQuiet for an hour at which no such message goes out.
    """
    with transaction() as session:
        now = db_now(session).astimezone(SHOP_ZONE)
        chosen = datetime.combine(now.date(), time(hour), SHOP_ZONE)
        if quiet_hours.in_force().end_after(chosen) is not None:
            raise CheckInReminderQuiet(param="hour")
        handled_on = now.date() if hour <= now.hour else now.date() - _DAY
        row = insert(CheckInReminder).values(user_id=user_id, hour=hour, handled_on=handled_on)
        # Who was reminded today isn't again, whatever the hour is now.
        latest = func.greatest(CheckInReminder.handled_on, row.excluded.handled_on)
        session.execute(
            row.on_conflict_do_update(
                index_elements=["user_id"], set_={"hour": hour, "handled_on": latest}
            )
        )


def drop_reminder(user_id: int) -> None:
    """Remind the shopper no more."""
    with transaction() as session:
        session.execute(delete(CheckInReminder).where(CheckInReminder.user_id == user_id))


def remind_batch() -> int:
    """Remind the next shoppers whose hour has come, once a day each; how many were looked at.

    A kill leaves all of a batch undone or done. While the check-in is closed nobody is reminded.
    """
    with transaction() as session:
        around_commit(session, "missions.before_reminder_commit", "missions.after_reminder_commit")
        now = db_now(session).astimezone(SHOP_ZONE)
        today = shop_day(now)
        handled = session.execute(_HANDLE, {"hour": now.hour, "today": today, "batch": BATCH}).all()
        missing = [row.user_id for row in handled if not row.checked_in]
        if missing and _is_open(session):
            send_soon_to(
                session,
                CHECK_IN_REMINDER.name,
                today.isoformat(),
                missing,
                good_until=day_start(today + _DAY),
            )
    return len(handled)


def _is_open(session: Session) -> bool:
    plan = select(CheckInPlan.version).limit(1)
    return CHECK_IN_OPEN.get() and session.scalar(plan) is not None
