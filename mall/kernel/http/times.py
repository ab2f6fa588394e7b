"""Times and days in requests: one way to write them, one range, one set of messages.

A time that PostgreSQL can store isn't always one that Python can read back (its calendar ends with
the year 9999, in whatever zone), so a time is checked after its conversion to UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from marshmallow import fields

from mall.kernel.clock import FIRST_DAY, LAST_DAY, day_start

EXAMPLE, EXAMPLE_DAY = "2026-12-31T00:00:00+08:00", "2026-12-31"
EARLIEST, LATEST = day_start(FIRST_DAY), day_start(LAST_DAY + timedelta(days=1))
_RANGE = f"{FIRST_DAY.year} 年至 {LAST_DAY.year} 年之间"
_ZONE = re.compile(r"(?P<sign>[+\- ])(?P<hours>\d\d):?(?P<minutes>\d\d)", re.ASCII)
_TIME = re.compile(
    r"(?P<local>\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?)"
    r"(?P<zone>[Zz]|[+\- ]\d\d:?\d\d)?",
    re.ASCII,
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LIKE_A_DAY = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,2}", re.ASCII)


class Moment(fields.AwareDateTime):
    """A moment of a request, in UTC. ISO 8601 with a zone; a plain date is taken, too.

    A plain date means the start of that day of the shop. With `ends` it means the end of the day:
    the moment at which the next one begins, since every end in the mall is the first moment after.
    """

    default_error_messages = {  # noqa: RUF012
        "invalid": f"不是有效的时间，请写成 {EXAMPLE}，或只写日期 {EXAMPLE_DAY}",
        "not_a_day": f"不是有效的日期，请写成 {EXAMPLE_DAY}",
        "no_zone": f"缺少时区，请写成 {EXAMPLE}，或只写日期 {EXAMPLE_DAY}",
        "range": f"时间须在 {_RANGE}",
    }

    def __init__(self, *, ends: bool = False, **kwargs: Any) -> None:
        """`ends`: the field says when something ends."""
        super().__init__(**_described(kwargs, _says(ends)))
        self.ends = ends

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> datetime:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if _LIKE_A_DAY.fullmatch(value):
            return self._of_day(value)
        written = _TIME.fullmatch(value)
        if written is None:
            raise self.make_error("invalid")
        if written["zone"] is None:
            raise self.make_error("no_zone")
        try:
            local = datetime.fromisoformat(written["local"])
            moment = local.replace(tzinfo=_zone(written["zone"])).astimezone(UTC)
        except OverflowError:
            raise self.make_error("range") from None
        except ValueError:
            raise self.make_error("invalid") from None
        if not EARLIEST <= moment <= LATEST:
            raise self.make_error("range")
        return moment

    def _of_day(self, value: str) -> datetime:
        day = _day(value)
        if day is None:
            raise self.make_error("not_a_day")
        if not FIRST_DAY <= day <= LAST_DAY:
            raise self.make_error("range")
        return day_start(day + timedelta(days=1) if self.ends else day).astimezone(UTC)


class ShopDay(fields.Date):
    """A day of the shop (Asia/Shanghai), written 2026-12-31."""

    default_error_messages = {  # noqa: RUF012
        "invalid": f"不是有效的日期，请写成 {EXAMPLE_DAY}",
        "range": f"日期须在 {_RANGE}",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**_described(kwargs, f"a day of the shop, {_YEARS}"))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> date:
        day = _day(value) if isinstance(value, str) else None
        if day is None:
            raise self.make_error("invalid")
        if not FIRST_DAY <= day <= LAST_DAY:
            raise self.make_error("range")
        return day


_YEARS = f"{FIRST_DAY.year} to {LAST_DAY.year}"


def _says(ends: bool) -> str:
    meaning = "end, which is when the next day begins" if ends else "start"
    return (
        f"ISO 8601 with a zone ({EXAMPLE}), {_YEARS}; or a plain date ({EXAMPLE_DAY}), which means"
        f" that day's {meaning}, in the shop (Asia/Shanghai)"
    )


def _described(kwargs: dict[str, Any], says: str) -> dict[str, Any]:
    """The arguments of a field whose description ends with what the field takes."""
    metadata = dict(kwargs.pop("metadata", {}))
    given = metadata.get("description")
    metadata["description"] = f"{given}. {says}" if given else says
    return {**kwargs, "metadata": metadata}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _zone(text: str) -> timezone:
    """The zone of an ISO time. A space is the plus sign of a query that wasn't escaped.

    Raises ValueError.
    """
    parts = _ZONE.fullmatch(text)
    if parts is None:
        return UTC
    hours, minutes = int(parts["hours"]), int(parts["minutes"])
    if minutes > 59:
        raise ValueError(text)
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if parts["sign"] == "-" else offset)
