"""Periods by the clock."""

from __future__ import annotations

from mall.kernel.jobs import SWEEP, job
from mall.referral.leaderboard.counting import open_periods

_COUNTING = """
    SELECT FROM referral_leaderboards
    WHERE starts_at <= now() AND ends_at > now() AND (stopped_at IS NULL OR stopped_at > now())
"""


@job("referral.open_leaderboard_periods", retry=SWEEP, cron="* * * * *", look=_COUNTING)
def open_begun() -> None:
    """Open the boards of the periods that have begun."""
    open_periods()
