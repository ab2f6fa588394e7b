"""How a time and a day may be written in a request."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from marshmallow import ValidationError

from mall.kernel.http.times import Moment, ShopDay

STARTS, ENDS, DAY = Moment(), Moment(ends=True), ShopDay()
BEFORE_MIDNIGHT = datetime(2026, 12, 30, 16, tzinfo=UTC)  # the shop's midnight


@pytest.mark.parametrize(
    "written",
    [
        "2026-12-31T00:00:00+08:00",
        "2026-12-31T00:00:00+0800",
        "2026-12-31T00:00:00.000+08:00",
        "2026-12-31 00:00+08:00",
        "2026-12-31T00:00:00 08:00",  # the plus sign of a query that wasn't escaped
        "2026-12-30T16:00:00Z",
        "2026-12-30t16:00z",
        "2026-12-30T08:30:00-07:30",
        "2026-12-31",
    ],
)
def test_ways_to_write_a_moment(written: str) -> None:
    read = STARTS.deserialize(written)
    assert (read, read.tzinfo) == (BEFORE_MIDNIGHT, UTC)


def test_a_plain_date_is_the_shops_day() -> None:
    assert STARTS.deserialize("2026-12-31") == BEFORE_MIDNIGHT
    assert ENDS.deserialize("2026-12-31") == datetime(2026, 12, 31, 16, tzinfo=UTC)
    assert ENDS.deserialize("2026-12-31T00:00:00+08:00") == BEFORE_MIDNIGHT
    assert DAY.deserialize("2026-12-31") == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("written", "ends"),
    [
        ("2000-01-01", False),
        ("2000-01-01T00:00:00+08:00", False),
        ("2100-12-31", False),
        ("2100-12-31", True),
        ("2100-12-31T16:00:00Z", True),
    ],
)
def test_the_first_and_the_last_that_are_taken(written: str, ends: bool) -> None:
    Moment(ends=ends).deserialize(written)


NOT_A_TIME = [
    "",
    "x",
    "yesterday",
    1,
    True,
    [],
    {},
    "2031-13-01T00:00:00Z",
    "infinity",
    "-infinity",
]
NOT_A_TIME += ["2031-02-30T00:00:00Z", "2031-01-01T24:00:00Z", "2031-01-01T23:59:60Z", "20310101"]
NOT_A_TIME += ["2031-W01-1", "2031-01-01T00:00:00+24:00", "2031-01-01T00:00:00+08:60"]
NOT_A_TIME += ["２０３１-01-01T00:00:00Z", "2031-01-01T00:00:00Z\n", "2031-01-01T00:00:00+08:00\0"]
NOT_A_TIME += ["0000-01-01T00:00:00Z", "2031-01-01T00:00:00Z[Asia/Shanghai]"]
NOT_A_DAY = ["2026-2-30", "2026-02-30", "2026/12/31", "2026-13-01", "2026-1-1", "0000-00-00"]
TOO_FAR = ["1999-12-31", "2101-01-01", "9999-12-31", "0001-01-01"]
TOO_FAR_IN_UTC = [
    "9999-12-31T23:59:59-08:00",  # 10000 in UTC
    "9999-12-31T23:59:59.999999-23:59",
    "0001-01-01T00:00:00+14:00",  # before the year 1 in UTC
    "1999-12-31T23:59:59+08:00",
    "2000-01-01T07:59:59+16:00",
    "2100-12-31T16:00:00.000001Z",
    "2100-12-31T23:59:59-08:00",
]


@pytest.mark.parametrize(
    ("field", "values", "says"),
    [
        (
            STARTS,
            NOT_A_TIME,
            "不是有效的时间，请写成 2026-12-31T00:00:00+08:00，或只写日期 2026-12-31",
        ),
        (STARTS, NOT_A_DAY, "不是有效的日期，请写成 2026-12-31"),
        (DAY, [*NOT_A_DAY, *NOT_A_TIME], "不是有效的日期，请写成 2026-12-31"),
        (DAY, ["2031-01-01T00:00:00Z"], "不是有效的日期，请写成 2026-12-31"),
        (
            STARTS,
            ["2031-01-01T00:00:00", "2031-01-01 00:00"],
            "缺少时区，请写成 2026-12-31T00:00:00+08:00，或只写日期 2026-12-31",
        ),
        (STARTS, [*TOO_FAR, *TOO_FAR_IN_UTC], "时间须在 2000 年至 2100 年之间"),
        (ENDS, [*TOO_FAR, *TOO_FAR_IN_UTC], "时间须在 2000 年至 2100 年之间"),
        (DAY, TOO_FAR, "日期须在 2000 年至 2100 年之间"),
    ],
)
def test_what_is_refused_and_how(field: Any, values: list[Any], says: str) -> None:
    for value in values:
        with pytest.raises(ValidationError) as refused:
            field.deserialize(value)
        assert refused.value.messages == [says], value


def test_the_description_says_what_a_plain_date_means() -> None:
    told = Moment(ends=True, metadata={"description": "no new teams"}).metadata["description"]
    assert told.startswith("no new teams. ISO 8601 with a zone")
    assert told.endswith(
        "that day's end, which is when the next day begins, in the shop (Asia/Shanghai)"
    )
    assert STARTS.metadata["description"].endswith("that day's start, in the shop (Asia/Shanghai)")
