"""What lock-ups do by the clock."""

from __future__ import annotations

from mall.kernel import jobs
from mall.points.lockups.ending import mature_batch


@jobs.job("points.end_lockups", retry=jobs.SWEEP, cron="*/10 * * * *")
def end_lockups() -> None:
    """End the locks whose time has come, in batches: most at 16:00 UTC, when a shop day ends."""
    failed: set[int] = set()
    while mature_batch(failed):
        pass
