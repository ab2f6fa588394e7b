"""What the counter forgets by the clock."""

from __future__ import annotations

from mall.coupons.counter.models import CounterCode
from mall.kernel import jobs
from mall.kernel.db import transaction
from mall.users.shown_codes import forget


@jobs.job("coupons.forget_counter_codes", retry=jobs.SWEEP, cron="45 19 * * *")
def forget_counter_codes() -> None:
    """Delete codes that ended a day ago; redemptions stay."""
    with transaction() as session:
        forget(session, CounterCode)
