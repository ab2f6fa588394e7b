"""Periods by the clock."""

from __future__ import annotations

from mall.kernel.jobs import SWEEP, job
from mall.referral.leaderboard.counting import open_periods


@job("referral.open_leaderboard_periods", retry=SWEEP, cron="* * * * *")
def open_begun() -> None:
    """Open the boards of the periods that have begun."""
    open_periods()
