"""Quiet hours: when no phone rings for marketing, by the shop's clock.

They begin with `quiet_from` and end before `quiet_until`: at 9:00 sharp messages go out again.
The same time twice means none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from mall.kernel.clock import SHOP_ZONE
from mall.messages.settings import QUIET_FROM, QUIET_UNTIL


@dataclass(frozen=True)
class QuietHours:
    """From `start` to `end` of the shop's clock, over midnight when `start` is the later."""

    start: time
    end: time

    def end_after(self, moment: datetime) -> datetime | None:
        """The end of the quiet hours in which `moment` (aware) lies; None outside of them."""
        local = moment.astimezone(SHOP_ZONE)
        clock = local.time()
        if self.start <= self.end:
            is_quiet = self.start <= clock < self.end
        else:
            is_quiet = clock >= self.start or clock < self.end
        if not is_quiet:
            return None
        day = local.date() if clock < self.end else local.date() + timedelta(days=1)
        return datetime.combine(day, self.end, SHOP_ZONE)

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


def in_force() -> QuietHours:
    """Those that the shop's owner set."""
    return QuietHours(time.fromisoformat(QUIET_FROM.get()), time.fromisoformat(QUIET_UNTIL.get()))
