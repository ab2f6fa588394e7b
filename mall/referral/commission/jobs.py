"""What commission does by the clock, and after facts about many orders."""

from __future__ import annotations

from mall.kernel import jobs
from mall.kernel.db import transaction
from mall.referral.commission.keeping import keep
from mall.referral.commission.settling import settle_batch

KEEP = "commission.keep"
_DUE = "SELECT FROM commission_lines WHERE status = 'pending' AND look_at <= now()"


@jobs.job("commission.settle", retry=jobs.SWEEP, cron="*/5 * * * *", look=_DUE)
def settle() -> None:
    """Settle what is due, in batches."""
    while settle_batch():
        pass


@jobs.job(KEEP)
def keep_order(*, order_no: str) -> None:
    """Look at an order's lines anew; twice is once."""
    with transaction() as session:
        keep(session, order_no)
