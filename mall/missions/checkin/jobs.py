"""What the check-in does by the clock."""

from __future__ import annotations

from mall.kernel import jobs
from mall.missions.checkin.reminding import remind_batch


@jobs.job("missions.remind_to_check_in", retry=jobs.SWEEP, cron="*/10 * * * *")
def remind_to_check_in() -> None:
    """Remind shoppers whose hour has come, in batches. Often, so that a late worker catches up."""
    while remind_batch():
        pass
