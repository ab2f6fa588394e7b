"""Jobs of refunds."""

from __future__ import annotations

from mall.kernel.jobs import SWEEP, job
from mall.payments.refund_writing import SEND_REFUND
from mall.payments.refunds import sending


@job(SEND_REFUND)
def send_refund(refund_id: int) -> None:
    """Do what is next for one refund."""
    sending.send_refund(refund_id)


@job("payments.send_due_refunds", retry=SWEEP, cron="* * * * * */10")
def send_due_refunds() -> None:
    """Start the refunds whose next try is due."""
    sending.send_due_refunds()
