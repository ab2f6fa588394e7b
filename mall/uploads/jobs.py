"""The sweep of unused pictures."""

from __future__ import annotations

from mall.kernel.jobs import SWEEP, job
from mall.uploads.commands import sweep

BATCH = 200


@job("uploads.sweep", retry=SWEEP, cron="*/10 * * * *")
def sweep_unused() -> None:
    """Remove pictures that nobody used within a day."""
    while sweep(BATCH) == BATCH:
        pass
