"""Shop time. A shop day runs by the clock of Asia/Shanghai, whatever the host's zone is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Float, cast, func

SHOP_ZONE = ZoneInfo("Asia/Shanghai")
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
"""Between which shop days, both with them, every time lies that somebody gives the mall."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def shop_day(moment: datetime) -> date:
    """The shop day of an aware moment."""
    return moment.astimezone(SHOP_ZONE).date()


def day_start(day: date) -> datetime:
    """The moment at which a shop day begins."""
    return datetime.combine(day, time(), SHOP_ZONE)


def utc_now() -> datetime:
    """The host's clock: for logs and HTTP headers. Deadlines ask the database (`db_now`)."""
    return datetime.now(UTC)


def in_seconds(seconds: float | ColumnElement[int]) -> ColumnElement[datetime]:
    """So many seconds from now by the database's clock, as a part of a statement."""
    moment: ColumnElement[datetime] = func.clock_timestamp() + func.make_interval(
        0, 0, 0, 0, 0, 0, cast(seconds, Float)
    )
    return moment


def to_microseconds(moment: datetime) -> int:
    """A moment as a whole number, since 1970: exact, for the cursor of a list by time."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_microseconds(microseconds: int) -> datetime:
    """The moment in a cursor; a number that no calendar has is 1970."""
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return _EPOCH
