"""The daily reconciliation: WeChat's bill of a shop day against our payments and refunds.

A run is: claim the day, fetch the bill, write it down, ask WeChat about what differs, write
the findings. Running a day again replaces its open findings. A run that takes longer than
its lease loses it to the next one and then writes nothing.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Literal

import structlog
from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.clock import in_seconds
from mall.kernel.db import transaction
from mall.payments.reconciliation import differences
from mall.payments.reconciliation.bill_disputes import DisputeResults, settle_disputes
from mall.payments.reconciliation.bill_lines import LONG_TIMEOUT, delete_lines, store_lines
from mall.payments.reconciliation.metrics import RECONCILIATIONS
from mall.payments.reconciliation.models import Reconciliation
from mall.wechat.errors import WechatError, WechatRefused
from mall.wechat.gateway import gateway

Ending = Literal["done", "waiting", "failed", "busy"]
"""`waiting`: WeChat isn't ready or couldn't tell all, the sweep comes again. `failed`: WeChat
refuses the bill. `busy`: another run of the day is at work."""

RETRY_S, REFUSED_RETRY_S, LEASE_S = 30 * 60, 6 * 3600, 30 * 60
MAX_DISPUTES = 2000
OLDEST_DAYS = 89
"""WeChat keeps bills for three months."""
REPAIRED = "系统已向微信查询并入账"

_log = structlog.get_logger("mall.payments")

LAST_READY = text(
    "(clock_timestamp() AT TIME ZONE 'Asia/Shanghai' - interval '10 hours')::date - 1"
)
"""The last day whose bill should be there: WeChat promises it for 10:00 of the next."""
_NEW_DAYS = text(
    f"""
    INSERT INTO reconciliations (day, next_try_at)
    SELECT d::date, clock_timestamp()
    FROM (SELECT {LAST_READY.text} AS day) AS ready,
        (SELECT (created_at AT TIME ZONE 'Asia/Shanghai')::date AS day
         FROM payment_attempts ORDER BY id LIMIT 1) AS first,
        generate_series(GREATEST(ready.day - {OLDEST_DAYS - 1}, first.day)::timestamp,
            ready.day::timestamp, interval '1 day') AS d
    ON CONFLICT DO NOTHING
    """  # noqa: S608
)


def reconcile_due() -> None:
    """The sweep: every day since the first payment that has no run yet, or wants another."""
    with transaction() as session:
        session.execute(_NEW_DAYS)
    tried: set[date] = set()
    while (day := _next_due(tried)) is not None:
        tried.add(day)
        reconcile(day)


def _next_due(tried: set[date]) -> date | None:
    with transaction() as session:
        return session.scalar(
            select(Reconciliation.day)
            .where(
                Reconciliation.next_try_at <= func.clock_timestamp(),
                Reconciliation.day.not_in(tried),
            )
            .order_by(Reconciliation.day)
            .limit(1)
        )


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
    counted = differences.totals(session, day, run)
    delete_lines(session, day)
    ending: Ending = "waiting" if results.unanswered else "done"
    _end(
        session,
        day,
        status=ending,
        error="UNASKED" if results.unanswered else None,
        next_try_at=in_seconds(RETRY_S) if results.unanswered else None,
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
        wait_s = REFUSED_RETRY_S if status == "failed" else RETRY_S
        too_old = session.scalar(text(f"SELECT {LAST_READY.text}")) > day + timedelta(OLDEST_DAYS)
        delete_lines(session, day)
        next_try_at = None if too_old else in_seconds(wait_s)
        _end(session, day, status=status, error=error[:64], next_try_at=next_try_at)


def _end(session: Session, day: date, **values: Any) -> None:
    session.execute(
        update(Reconciliation).where(Reconciliation.day == day).values(leased_until=None, **values)
    )
