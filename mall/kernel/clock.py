"""Shop time. A shop day runs by the clock of Asia/Shanghai, whatever the host's zone is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHOP_ZONE = ZoneInfo("Asia/Shanghai")


def shop_day(moment: datetime) -> date:
    """The shop day of an aware moment."""
    return moment.astimezone(SHOP_ZONE).date()


def utc_now() -> datetime:
    """The host's clock: for logs and HTTP headers. Deadlines ask the database (`db_now`)."""
    return datetime.now(UTC)
