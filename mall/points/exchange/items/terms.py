"""When an item is on offer, and since when a shopper's limit counts. Pure; shop days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mall.kernel.clock import SHOP_ZONE, day_start, shop_day
from mall.points.exchange.models import ALL_TIME, DAY, MONTH, WEEK

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""Before all: since when the first price holds, and a limit without a period counts."""
PERIOD_WORDS = {DAY: "每天", WEEK: "每周", MONTH: "每月", ALL_TIME: "每人"}


def period_start(period: str, now: datetime) -> datetime:
    """When the period began that runs now: the shop day, the week from Monday, the month."""
    today = shop_day(now)
    if period == DAY:
        return day_start(today)
    if period == WEEK:
        return day_start(today - timedelta(days=today.weekday()))
    if period == MONTH:
        return day_start(today.replace(day=1))
    return BEGINNING


def in_hours(from_min: int | None, to_min: int | None, now: datetime) -> bool:
    """Whether now is within the hours of a shop day (minutes, the end not included).

    They may pass midnight: 22:00 to 02:00. Without hours it always is.
    """
    if from_min is None or to_min is None:
        return True
    there = now.astimezone(SHOP_ZONE)
    minute = there.hour * 60 + there.minute
    if from_min < to_min:
        return from_min <= minute < to_min
    return minute >= from_min or minute < to_min


def clock(minute: int) -> str:
    """A minute of the day as people read it: 09:30."""
    return f"{minute // 60:02d}:{minute % 60:02d}"
