"""Prizes by the clock."""

from __future__ import annotations

import time

from mall.kernel.jobs import SWEEP, job
from mall.prizes.expiring import ANY_DUE, expire_due, remind_next

BUDGET_S = 20.0


@job("prizes.expire_due", retry=SWEEP, cron="*/5 * * * *", look=ANY_DUE)
def expire() -> None:
    """End claims whose time is over, for some seconds."""
    deadline = time.monotonic() + BUDGET_S
    while expire_due() and time.monotonic() < deadline:
        pass


@job("prizes.remind", retry=SWEEP, cron="*/10 * * * *")
def remind() -> None:
    """Remind shoppers of prizes whose time is over soon, for some seconds."""
    deadline = time.monotonic() + BUDGET_S
    while remind_next() and time.monotonic() < deadline:
        pass
