"""The table of reminders: how far each run has come."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, Integer
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Base, Created


class PointsReminderRun(Created, Base):
    """The reminders, `days_before` days ahead, of points that can last be used on `last_day`.

    `after_expires_at` and `after_user_id` are the last lot that was looked at, so a run that was
    killed goes on there. `done_at` is when nothing was left.
    """

    __tablename__ = "points_reminder_runs"
    __table_args__ = (
        CheckConstraint("days_before > 0", name="days_before"),
        CheckConstraint("(after_expires_at IS NULL) = (after_user_id IS NULL)", name="after"),
    )
    last_day: Mapped[date] = mapped_column(Date, primary_key=True)
    days_before: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    after_expires_at: Mapped[datetime | None]
    after_user_id: Mapped[int | None]
    done_at: Mapped[datetime | None]
