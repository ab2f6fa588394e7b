"""The periods of a leaderboard: shop days, weeks from Monday, months, or the whole of it. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from mall.kernel.clock import day_start, shop_day
from mall.referral.leaderboard.models import DAY, WEEK, WINDOW


def period_at(
    period: str, starts_at: datetime, ends_at: datetime, moment: datetime
) -> tuple[datetime, datetime] | None:
    """The period in which a moment falls, cut to the leaderboard's time; None outside of that."""
    if not starts_at <= moment < ends_at:
        return None
    if period == WINDOW:
        return starts_at, ends_at
    first, after = _days(period, shop_day(moment))
    return max(day_start(first), starts_at), min(day_start(after), ends_at)


def _days(period: str, day: date) -> tuple[date, date]:
    """The first day of a day's period, and the first of the next."""
    if period == DAY:
        return day, day + timedelta(days=1)
    if period == WEEK:
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1)
