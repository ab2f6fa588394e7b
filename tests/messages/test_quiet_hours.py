"""When it is quiet, and until when: a table of moments on the shop's clock."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from mall.kernel.clock import SHOP_ZONE
from mall.messages.quiet_hours import QuietHours

NIGHT = QuietHours(time(21), time(9))
NOON = QuietHours(time(12), time(13, 30))
NEVER = QuietHours(time(9), time(9))


def at(day: int, clock: str) -> datetime:
    return datetime.combine(date(2026, 5, day), time.fromisoformat(clock), SHOP_ZONE)


@pytest.mark.parametrize(
    ("hours", "moment", "end"),
    [
        (NIGHT, at(1, "20:59:59.999999"), None),
        (NIGHT, at(1, "21:00"), at(2, "09:00")),
        (NIGHT, at(1, "22:00"), at(2, "09:00")),
        (NIGHT, at(1, "23:59:59.999999"), at(2, "09:00")),
        (NIGHT, at(2, "00:00"), at(2, "09:00")),
        (NIGHT, at(2, "08:59:59.999999"), at(2, "09:00")),
        (NIGHT, at(2, "09:00"), None),
        (NOON, at(1, "11:59"), None),
        (NOON, at(1, "12:00"), at(1, "13:30")),
        (NOON, at(1, "13:30"), None),
        (NEVER, at(1, "09:00"), None),
        (NEVER, at(1, "23:00"), None),
    ],
)
def test_the_end_of_the_quiet_hours(
    hours: QuietHours, moment: datetime, end: datetime | None
) -> None:
    assert hours.end_after(moment) == end
