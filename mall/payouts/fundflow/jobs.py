"""Jobs of the fund-flow bill."""

from __future__ import annotations

from datetime import date

from mall.kernel.jobs import SWEEP, job
from mall.payouts.fundflow import running
from mall.payouts.fundflow.requesting import COMPARE_DAY


@job("payouts.fund_flow", retry=SWEEP, cron="*/10 * * * *")
def compare_due() -> None:
    """Compare the days whose bill is due: yesterday from 10:00 shop time, and missed ones."""
    running.compare_due()


@job(COMPARE_DAY)
def compare_day(day: str) -> None:
    """Compare one day again, as staff asked."""
    running.compare_day(date.fromisoformat(day))
