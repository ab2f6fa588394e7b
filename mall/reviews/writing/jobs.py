"""Reviews that nobody wrote in time."""

from __future__ import annotations

from mall.kernel.jobs import SWEEP, job
from mall.reviews.writing.defaults import BATCH, write_defaults


@job("reviews.write_defaults", retry=SWEEP, cron="*/10 * * * *")
def write_defaults_of_due() -> None:
    """Give five stars where the time to write is over, a transaction a batch."""
    while write_defaults() == BATCH:
        pass
