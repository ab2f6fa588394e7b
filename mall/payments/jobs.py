"""Timers and jobs of payments. Each sweep reads deadlines by the database's clock."""

from __future__ import annotations

from sqlalchemy import delete, func, text

from mall.kernel.db import transaction
from mall.kernel.jobs import SWEEP, job
from mall.payments import closing, payment_queries
from mall.payments.models import WechatNotification

_TO_QUERY = "SELECT FROM payment_attempts WHERE next_query_at <= now()"
_TO_CLOSE = """
    SELECT FROM order_closings WHERE next_try_at <= now()
    UNION ALL
    SELECT FROM orders o WHERE o.status = 'unpaid' AND o.expires_at <= now()
      AND NOT EXISTS (SELECT FROM order_closings c WHERE c.order_id = o.id)
"""


@job("payments.ask_about_payments", retry=SWEEP, cron="* * * * * */5", look=_TO_QUERY)
def ask_about_payments() -> None:
    """Find out about payments whose callback hasn't come."""
    payment_queries.query_due_payments()


@job("payments.close_unpaid_orders", retry=SWEEP, cron="* * * * * */10", look=_TO_CLOSE)
def close_unpaid_orders() -> None:
    """Close the orders whose time to pay is up."""
    closing.close_due_orders()


@job("payments.forget_notifications", retry=SWEEP, cron="31 4 * * *")
def forget_notifications() -> None:
    """Drop inbox rows older than 90 days: WeChat repeats a callback for a day."""
    with transaction() as session:
        session.execute(
            delete(WechatNotification).where(
                WechatNotification.received_at < func.now() - text("interval '90 days'")
            )
        )
