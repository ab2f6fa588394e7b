"""What points do by the clock."""

from __future__ import annotations

from mall.kernel import jobs
from mall.points.ledger.expiring import expire_batch


@jobs.job("points.expire", retry=jobs.SWEEP, cron="*/10 * * * *")
def expire() -> None:
    """Expire what is due, in batches: most of it at 16:00 UTC, when a shop day ends."""
    while expire_batch():
        pass
