"""Sweeps of trials: picks that lapse, reviews that are due, reviews that are overdue."""

from __future__ import annotations

import time

from mall.kernel.jobs import SWEEP, job
from mall.reviews.trials import accepting, reviewing

BUDGET_S = 20.0


@job("reviews.sweep_trials", retry=SWEEP, cron="*/10 * * * *")
def sweep_trials() -> None:
    """Do all that is due, for some seconds."""
    deadline = time.monotonic() + BUDGET_S
    while accepting.lapse_due() and time.monotonic() < deadline:
        pass
    while reviewing.mark_overdue() and time.monotonic() < deadline:
        pass
    while reviewing.remind_next() and time.monotonic() < deadline:
        pass
