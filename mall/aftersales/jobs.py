"""Sweeps of after-sales: the deadline is a column, the sweep only acts on it."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mall.aftersales.deciding import let_time_decide
from mall.aftersales.holding import hold_sale
from mall.aftersales.models import AfterSale
from mall.aftersales.paying_back import follow
from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.kernel.jobs import SWEEP, job
from mall.orders.models import Order

BATCH = 200
PUT_OFF = timedelta(days=1)
_log = structlog.get_logger("mall.aftersales")


@job("aftersales.decide_due", retry=SWEEP, cron="* * * * *")
def decide_due() -> None:
    """Let time decide what nobody did, one after-sale a transaction."""
    for _ in range(BATCH):
        if not decide_one():
            return


@job("aftersales.follow_refunds", retry=SWEEP, cron="* * * * *")
def follow_refunds() -> None:
    """End after-sales whose refund has ended; the event is only the fast path."""
    with transaction() as session:
        follow(session, batch=BATCH)


def decide_one() -> bool:
    """Decide the after-sale that has waited longest; False when none is due.

    Its order is locked first, as everywhere; one that somebody holds is left for the next
    round. What can't be carried out (no return address, another refund was faster) waits
    for staff another day.
    """
    due = AfterSale.due_at <= func.clock_timestamp()
    with transaction() as session:
        number = session.scalar(
            select(AfterSale.after_sale_no)
            .join(Order, Order.id == AfterSale.order_id)
            .where(due)
            .order_by(AfterSale.due_at)
            .limit(1)
            .with_for_update(of=Order, skip_locked=True)
        )
        if number is None:
            return False
        held = hold_sale(session, number)
        # The order was locked before its after-sale was: somebody may just have acted.
        if held.sale.due_at is None or held.sale.due_at > held.order.now:
            return True
        try:
            with session.begin_nested():
                let_time_decide(session, held)
        except MallError as refusal:
            _log.warning("after-sale waits for staff", after_sale=number, error=refusal.code)
            _put_off(session, held.sale.id)
        return True


def _put_off(session: Session, sale_id: int) -> None:
    session.execute(
        update(AfterSale)
        .where(AfterSale.id == sale_id)
        .values(due_at=func.clock_timestamp() + PUT_OFF),
        execution_options={"synchronize_session": False},
    )
