"""Jobs of the reconciliation."""

from __future__ import annotations

from datetime import date

from mall.kernel.jobs import SWEEP, job
from mall.payments.reconciliation import running
from mall.payments.reconciliation.requesting import RECONCILE_DAY


@job("payments.reconcile", retry=SWEEP, cron="*/10 * * * *")
def reconcile() -> None:
    """Compare the days whose bill is due: yesterday from 10:00 shop time, and missed ones."""
    running.reconcile_due()


@job(RECONCILE_DAY)
def reconcile_day(day: str) -> None:
    """Compare one day again, as staff asked."""
    running.reconcile(date.fromisoformat(day))
