"""Until when points are valid: always the end of a shop day."""

from __future__ import annotations

from datetime import datetime, timedelta

from mall.kernel.clock import day_start, shop_day
from mall.points.settings import RETURNED_DAYS, VALID_DAYS


def end_of_day(moment: datetime, days: int = 0) -> datetime:
    """The end of the shop day that is `days` after the one of `moment`."""
    return day_start(shop_day(moment) + timedelta(days=days + 1))


def valid_until(moment: datetime) -> datetime | None:
    """When points that are given at `moment` expire; None for never."""
    days = VALID_DAYS.get()
    return end_of_day(moment, days) if days else None


def returned_until(moment: datetime) -> datetime:
    """Until when expired points that come back at `moment` can be used."""
    return end_of_day(moment, RETURNED_DAYS.get())
