"""The daily reconciliation: WeChat's bill of a shop day against our payments and refunds.

A run is: claim the day, fetch the bill, write it down, ask WeChat about what differs, write
the findings. Running a day again replaces its open findings. A run that takes longer than
its lease loses it to the next one and then writes nothing.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import structlog
from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.clock import in_seconds
from mall.kernel.db import transaction
from mall.payments.reconciliation import bill_totals, days, differences
from mall.payments.reconciliation.bill_disputes import DisputeResults, settle_disputes
from mall.payments.reconciliation.bill_lines import LONG_TIMEOUT, delete_lines, store_lines
from mall.payments.reconciliation.metrics import RECONCILIATIONS
from mall.payments.reconciliation.models import Reconciliation
from mall.wechat.errors import WechatError, WechatRefused
from mall.wechat.gateway import gateway

Ending = Literal["done", "waiting", "failed", "busy"]
"""`waiting`: WeChat isn't ready or couldn't tell all, the sweep comes again. `failed`: WeChat
refuses the bill. `busy`: another run of the day is at work."""

LEASE_S = 30 * 60
MAX_DISPUTES = 2000
REPAIRED = "系统已向微信查询并入账"

_log = structlog.get_logger("mall.payments")

_NEW_DAYS = days.new_days(
    "reconciliations",
    "SELECT (created_at AT TIME ZONE 'Asia/Shanghai')::date AS day"
    " FROM payment_attempts ORDER BY id LIMIT 1",
)


def reconcile_due() -> None:
    """The sweep: every day since the first payment that has no run yet, or wants another."""
    days.each_due(Reconciliation, _NEW_DAYS, reconcile)


def reconcile(day: date) -> Ending:
    """Compare one day, once; repeats are safe. Never called in a transaction."""
    run = _claim(day)
    if run is None:
        return "busy"
    try:
        ending, error = _run(day, run)
    except _LeaseLost:
        return "busy"
    except BaseException:
        _release(day, run, "waiting", "FAULT")
        raise
    if error is not None:
        _release(day, run, ending, error)
    RECONCILIATIONS.labels(ending).inc()
    _log.info("reconciliation", day=day.isoformat(), ending=ending, error=error)
    return ending


def _claim(day: date) -> int | None:
    """The number of our run; None while another holds the day."""
    with transaction() as session:
        session.execute(insert(Reconciliation).values(day=day).on_conflict_do_nothing())
        return session.scalar(
            update(Reconciliation)
            .where(
                Reconciliation.day == day,
                func.coalesce(Reconciliation.leased_until <= func.clock_timestamp(), text("true")),
            )
            .values(
                run=Reconciliation.run + 1,
                leased_until=in_seconds(LEASE_S),
                next_try_at=in_seconds(LEASE_S),
            )
            .returning(Reconciliation.run)
        )


def _run(day: date, run: int) -> tuple[Ending, str | None]:
    """How it ended, and the error when nothing was written."""
    try:
        foreign = _fetch(day, run)
    except WechatRefused as refused:
        return "failed", refused.code
    except WechatError as fault:
        return "waiting", type(fault).__name__
    with transaction() as session:
        session.execute(LONG_TIMEOUT)
        found = differences.disputed(session, day, run, MAX_DISPUTES)
    results = settle_disputes(day, found)
    with transaction() as session:
        session.execute(LONG_TIMEOUT)
        return _finish(session, day, run, foreign, results), None


def _fetch(day: date, run: int) -> int:
    with gateway().pay.trade_bill(day) as bill, transaction() as session:
        _lock_run(session, day, run)
        return store_lines(session, bill, run)


def _finish(session: Session, day: date, run: int, foreign: int, results: DisputeResults) -> Ending:
    _lock_run(session, day, run)
    differences.write_findings(session, day, run, results.verdicts)
    differences.write_repaired(session, day, run, results.repaired, REPAIRED)
    counted = bill_totals.totals(session, day, run)
    bill_totals.write_totals(session, day, run, counted, REPAIRED)
    differences.forget(session, day, run)
    delete_lines(session, day)
    ending: Ending = "waiting" if results.unanswered else "done"
    _end(
        session,
        day,
        status=ending,
        error="UNASKED" if results.unanswered else None,
        next_try_at=in_seconds(days.RETRY_S) if results.unanswered else None,
        finished_at=func.clock_timestamp(),
        foreign_rows=foreign,
        **counted,
    )
    return ending


class _LeaseLost(Exception):
    """The lease ran out and another run took over: this one writes nothing."""


def _lock_run(session: Session, day: date, run: int) -> None:
    latest = session.scalar(
        select(Reconciliation.run).where(Reconciliation.day == day).with_for_update()
    )
    if latest != run:
        raise _LeaseLost(f"run {run} of {day}")


def _release(day: date, run: int, status: str, error: str) -> None:
    """Let the day go without a result; the sweep comes again while WeChat keeps the bill."""
    with transaction() as session:
        try:
            _lock_run(session, day, run)
        except _LeaseLost:
            return
        delete_lines(session, day)
        next_try_at = days.next_try(session, day, refused=status == "failed")
        _end(session, day, status=status, error=error[:64], next_try_at=next_try_at)


def _end(session: Session, day: date, **values: Any) -> None:
    session.execute(
        update(Reconciliation).where(Reconciliation.day == day).values(leased_until=None, **values)
    )
