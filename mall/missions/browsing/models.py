"""Tables of browsing: a shopper's days, and the looks at pages in them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Identified

NONE = text("0")


class ViewDay(Base):
    """What a shopper looked at on a shop day: the row that each beat changes, and no other.

    `counted_ms` is the time of all pages. A shopper looks at one page at a time: `session_id`
    is the last begun session, `earlier_ms` what the sessions before it had counted, `beat` the
    number of its last beat, which came at `seen_at` and added `gained_ms`. `ended`: it was the
    last one.
    """

    __tablename__ = "view_days"
    __table_args__ = (
        CheckConstraint("sessions > 0", name="sessions"),
        CheckConstraint(
            "earlier_ms >= 0 AND gained_ms >= 0 AND earlier_ms + gained_ms <= counted_ms",
            name="counted_ms",
        ),
        Index("ix_view_days_day", "day", **BY_TIME),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    sessions: Mapped[int]
    counted_ms: Mapped[int] = mapped_column(server_default=NONE)
    session_id: Mapped[int | None]
    earlier_ms: Mapped[int] = mapped_column(server_default=NONE)
    beat: Mapped[int] = mapped_column(server_default=NONE)
    gained_ms: Mapped[int] = mapped_column(server_default=NONE)
    ended: Mapped[bool] = mapped_column(server_default=text("false"))
    seen_at: Mapped[datetime | None]


class ViewSession(Identified):
    """One look at a page. `counted_ms` is what `Browsed` has told of; the day's row is ahead."""

    __tablename__ = "view_sessions"
    __table_args__ = (
        CheckConstraint("counted_ms >= 0", name="counted_ms"),
        Index("ix_view_sessions_user_id_day", "user_id", "day"),
        Index("ix_view_sessions_day", "day", **BY_TIME),
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    day: Mapped[date] = mapped_column(Date)
    page_kind: Mapped[str] = mapped_column(Text)
    page_id: Mapped[int]
    category_id: Mapped[int | None]
    counted_ms: Mapped[int] = mapped_column(server_default=NONE)
    started_at: Mapped[datetime]
