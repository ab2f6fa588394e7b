"""Sweeps of orders: the deadline is a column, the sweep only acts on it."""

from __future__ import annotations

from mall.kernel.jobs import SWEEP, job
from mall.orders.fulfilling import confirm_due

BATCH = 200


_TO_CONFIRM = "SELECT FROM orders WHERE status = 'shipped' AND auto_confirm_at <= now()"


@job("orders.auto_confirm", retry=SWEEP, cron="* * * * *", look=_TO_CONFIRM)
def auto_confirm() -> None:
    """Complete shipped orders that the shopper didn't confirm in time."""
    while confirm_due(BATCH) == BATCH:
        pass
