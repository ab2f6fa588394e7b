"""What reminders do by the clock."""

from __future__ import annotations

from mall.kernel import jobs
from mall.points.reminders.running import plan_runs, remind_batch


@jobs.job("points.remind_of_expiry", retry=jobs.SWEEP, cron="*/10 * * * *")
def remind_of_expiry() -> None:
    """Tell shoppers of points that expire soon: right after a shop day has begun, in batches."""
    plan_runs()
    while remind_batch():
        pass
