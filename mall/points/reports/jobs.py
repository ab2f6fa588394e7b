"""What reports do by the clock."""

from __future__ import annotations

from mall.kernel import jobs
from mall.points.reports.rolling_up import roll_up


@jobs.job("points.roll_up", retry=jobs.SWEEP, cron="20 16 * * *")
def roll_up_night() -> None:
    """Twenty minutes after a shop day has ended, when its points have expired."""
    roll_up()
