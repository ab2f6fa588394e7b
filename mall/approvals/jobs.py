"""The sweep of approvals: the deadline is a column."""

from __future__ import annotations

from mall.approvals.expiring import BATCH, end_overdue
from mall.kernel.db import transaction
from mall.kernel.jobs import SWEEP, job

_OVERDUE = "SELECT FROM approvals WHERE status = 'pending' AND expires_at <= now()"


@job("approvals.expire_due", retry=SWEEP, cron="*/5 * * * *", look=_OVERDUE)
def expire_due() -> None:
    """End the requests that nobody decided in time, a batch a transaction."""
    more = True
    while more:
        with transaction() as session:
            more = end_overdue(session) == BATCH
