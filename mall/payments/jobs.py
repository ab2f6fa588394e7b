"""Timers and jobs of payments. Each sweep reads deadlines by the database's clock."""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, func, text

from mall.kernel.db import transaction
from mall.kernel.jobs import SWEEP, job
from mall.payments import asking, closing, reconciling, refund_sending
from mall.payments.models import WechatNotification
from mall.payments.reconciliation_staff import RECONCILE_DAY
from mall.payments.returning import SEND_REFUND


@job("payments.ask_about_payments", retry=SWEEP, cron="* * * * * */5")
def ask_about_payments() -> None:
    """Find out about payments whose callback hasn't come."""
    asking.ask_about_due()


@job("payments.close_unpaid_orders", retry=SWEEP, cron="* * * * * */10")
def close_unpaid_orders() -> None:
    """Close the orders whose time to pay is up."""
    closing.close_due_orders()


@job(SEND_REFUND)
def send_refund(refund_id: int) -> None:
    """Do what is next for one refund."""
    refund_sending.send_refund(refund_id)


@job("payments.send_due_refunds", retry=SWEEP, cron="* * * * * */10")
def send_due_refunds() -> None:
    """Bring up the refunds whose next turn has come."""
    refund_sending.send_due_refunds()


@job("payments.reconcile", retry=SWEEP, cron="*/10 * * * *")
def reconcile() -> None:
    """Compare the days whose bill is due: yesterday from 10:00 shop time, and missed ones."""
    reconciling.reconcile_due()


@job(RECONCILE_DAY)
def reconcile_day(day: str) -> None:
    """Compare one day again, as staff asked."""
    reconciling.reconcile(date.fromisoformat(day))


@job("payments.forget_notifications", retry=SWEEP, cron="31 4 * * *")
def forget_notifications() -> None:
    """Drop inbox rows older than 90 days: WeChat repeats a callback for a day."""
    with transaction() as session:
        session.execute(
            delete(WechatNotification).where(
                WechatNotification.received_at < func.now() - text("interval '90 days'")
            )
        )
