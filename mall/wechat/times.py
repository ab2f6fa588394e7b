"""Times as WeChat writes them: RFC 3339 at Shanghai's offset."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def rfc3339(moment: datetime) -> str:
    """`2024-05-01T12:00:00+08:00`. Raises ValueError for a naive time."""
    return _in_shanghai(moment).isoformat(timespec="seconds")


def rfc3339_millis(moment: datetime) -> str:
    """`2024-05-01T12:00:00.000+08:00`, which the shipping API insists on."""
    return _in_shanghai(moment).isoformat(timespec="milliseconds")


def parse_rfc3339(text: str) -> datetime:
    """An aware time. Raises ValueError when it isn't one or has no offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    return moment


def _in_shanghai(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a naive time can't be sent to WeChat")
    return moment.astimezone(SHANGHAI)
