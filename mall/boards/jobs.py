"""Keeping boards by the clock."""

from __future__ import annotations

from mall.boards import tending
from mall.kernel.jobs import SWEEP, job

_TO_CLOSE = """
    SELECT FROM boards
    WHERE status <> 'closed' AND closes_at <= now() OR status = 'closed' AND awarded_at IS NULL
"""
_LIVE = "SELECT FROM boards WHERE status = 'open' AND starts_at <= now()"


@job("boards.close_due", retry=SWEEP, cron="* * * * *", look=_TO_CLOSE)
def close_due() -> None:
    """Freeze the ranks of boards whose time is over, and give their prizes."""
    tending.close_due()


@job("boards.tend_views", retry=SWEEP, cron="* * * * *", look=_LIVE)
def tend_views() -> None:
    """Tell the views what they may have missed; build those that were lost."""
    tending.tend_views()


@job("boards.check_views", retry=SWEEP, cron="47 19 * * *")
def check_views() -> None:
    """Compare the views with PostgreSQL, every score of them."""
    tending.check_views()
