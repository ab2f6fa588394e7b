"""The periods of a mission: in each of them its progress begins anew. By the shop's calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from mall.kernel.clock import SHOP_ZONE, day_start, shop_day

ONCE, DAY, WEEK, MONTH, CAMPAIGN = "once", "day", "week", "month", "campaign"
PERIODS = (ONCE, DAY, WEEK, MONTH, CAMPAIGN)
"""Once for all; each shop day; each week from Monday; each month; from the mission's start to its
end (another start is another campaign)."""
RECURRING = frozenset({DAY, WEEK, MONTH})
LONGEST_DAYS = {DAY: 1, WEEK: 7, MONTH: 28}
"""Days that every period of the kind has; none for those without a fixed length."""


@dataclass(frozen=True, slots=True)
class Period:
    """One period. `key` is its name; `starts_at` and `ends_at` are None without a bound."""

    key: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def period_of(
    kind: str, at: datetime, starts_at: datetime | None, ends_at: datetime | None
) -> Period:
    """The period of a moment, of a mission that runs between these times."""
    if kind == ONCE:
        return Period("once", starts_at, ends_at)
    if kind == CAMPAIGN:
        assert starts_at is not None
        return Period(f"from:{shop_day(starts_at)}", starts_at, ends_at)
    day = shop_day(at)
    if kind == DAY:
        return _days(str(day), day, day + timedelta(days=1))
    if kind == WEEK:
        monday = day - timedelta(days=day.weekday())
        year, week, _ = day.isocalendar()
        return _days(f"{year}-W{week:02}", monday, monday + timedelta(days=7))
    first = day.replace(day=1)
    return _days(f"{day:%Y-%m}", first, (first + timedelta(days=31)).replace(day=1))


def _days(key: str, first: date, after: date) -> Period:
    return Period(key, day_start(first), day_start(after))


def noon_of(day: date) -> datetime:
    """A moment in a shop day."""
    return datetime.combine(day, time(12), SHOP_ZONE)


def last_moment_of(day: date) -> datetime:
    """The last moment of a shop day."""
    return datetime.combine(day, time.max, SHOP_ZONE)
