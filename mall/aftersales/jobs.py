"""Sweeps of after-sales: the deadline is a column, the sweep only acts on it."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mall.aftersales.deciding import apply_timeout
from mall.aftersales.locking import lock_after_sale
from mall.aftersales.models import AfterSale
from mall.aftersales.refund_requests import end_refunded
from mall.aftersales.settling import settle_due
from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.kernel.jobs import SWEEP, job
from mall.orders.models import Order

BATCH = 200
RESCHEDULE = timedelta(days=1)
_TO_DECIDE = "SELECT FROM after_sales WHERE due_at <= now()"
_REFUNDED = """
    SELECT FROM after_sales a JOIN refunds r ON r.refund_no = a.refund_no
    WHERE a.status = 'refunding' AND r.status IN ('succeeded', 'canceled')
"""
_TO_SETTLE = "SELECT FROM orders WHERE status = 'completed' AND settled_at IS NULL"
_log = structlog.get_logger("mall.aftersales")


@job("aftersales.decide_due", retry=SWEEP, cron="* * * * *", look=_TO_DECIDE)
def decide_due() -> None:
    """Apply the time-outs that are due, one after-sale a transaction."""
    for _ in range(BATCH):
        if not decide_one():
            return


@job("aftersales.follow_refunds", retry=SWEEP, cron="* * * * *", look=_REFUNDED)
def follow_refunds() -> None:
    """End after-sales whose refund has ended; the event is only the fast path."""
    with transaction() as session:
        end_refunded(session, batch=BATCH)


@job("aftersales.settle_orders", retry=SWEEP, cron="* * * * *", look=_TO_SETTLE)
def settle_orders() -> None:
    """Settle the orders whose time for returns is over."""
    while settle_due(BATCH) == BATCH:
        pass


def decide_one() -> bool:
    """Apply the time-out of the after-sale that has waited longest; False when none is due.

    Its order is locked first; an order that another transaction has locked is left for the
    next round. A time-out that can't be applied (no return address, another refund was
    faster) is tried again in a day, and staff may act until then.
    """
    due = AfterSale.due_at <= func.clock_timestamp()
    with transaction() as session:
        number = session.scalar(
            select(AfterSale.after_sale_no)
            .join(Order, Order.id == AfterSale.order_id)
            .where(due)
            .order_by(AfterSale.due_at)
            .limit(1)
            .with_for_update(of=Order, key_share=True, skip_locked=True)
        )
        if number is None:
            return False
        locked = lock_after_sale(session, number)
        # The after-sale was read before its order was locked: somebody may just have acted.
        if locked.sale.due_at is None or locked.sale.due_at > locked.order.now:
            return True
        try:
            with session.begin_nested():
                apply_timeout(session, locked)
        except MallError as refusal:
            _log.warning("after-sale waits for staff", after_sale=number, error=refusal.code)
            _reschedule(session, locked.sale.id)
        return True


def _reschedule(session: Session, sale_id: int) -> None:
    session.execute(
        update(AfterSale)
        .where(AfterSale.id == sale_id)
        .values(due_at=func.clock_timestamp() + RESCHEDULE),
        execution_options={"synchronize_session": False},
    )
