"""Times as WeChat writes them: RFC 3339 in China time, whole seconds."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))


def rfc3339(moment: float) -> str:
    """Unix seconds → `2026-01-02T03:04:05+08:00`."""
    return datetime.fromtimestamp(moment, CHINA).isoformat(timespec="seconds")


def bill_time(moment: float) -> str:
    """Unix seconds → `2026-01-02 03:04:05`, as bill files have it."""
    return datetime.fromtimestamp(moment, CHINA).strftime("%Y-%m-%d %H:%M:%S")


def china_date(moment: float) -> date:
    return datetime.fromtimestamp(moment, CHINA).date()


def parse_rfc3339(text: str) -> float:
    """Unix seconds of an RFC 3339 time; ValueError without a zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time needs its zone")
    return moment.timestamp()
