"""Pages by the clock: codes of teams that are over are dropped."""

from __future__ import annotations

from mall.groupbuy.pages import sharing
from mall.kernel.jobs import SWEEP, job


@job("groupbuy.forget_codes", retry=SWEEP, cron="23 * * * *")
def forget_codes() -> None:
    """Drop the mini-program codes of teams that are over since a day."""
    sharing.forget_codes()
