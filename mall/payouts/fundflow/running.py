"""Comparing days: WeChat's fund-flow bill of a shop day against our transfers.

The bill is fetched first; then one transaction, alone with its day's row, writes what differs.
Running a day again is safe, and replaces its open findings.
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
from mall.kernel.outbound import enqueue
from mall.payments.reconciliation.running import (
    LAST_READY,
    OLDEST_DAYS,
    REFUSED_RETRY_S,
    RETRY_S,
)
from mall.payouts.asking import TRANSFER_CALL
from mall.payouts.fundflow.comparing import compare
from mall.payouts.fundflow.metrics import COMPARISONS
from mall.payouts.fundflow.models import FundFlowDay
from mall.wechat.errors import WechatError, WechatRefused
from mall.wechat.gateway import FundFlowBill, gateway

Ending = Literal["done", "waiting", "failed"]
_log = structlog.get_logger("mall.payouts")
_NEW_DAYS = text(
    f"""
    INSERT INTO fund_flow_days (day, next_try_at)
    SELECT d::date, clock_timestamp()
    FROM (SELECT {LAST_READY.text} AS day) AS ready,
        (SELECT day FROM payout_transfers ORDER BY id LIMIT 1) AS first,
        generate_series(GREATEST(ready.day - {OLDEST_DAYS - 1}, first.day)::timestamp,
            ready.day::timestamp, interval '1 day') AS d
    ON CONFLICT DO NOTHING
    """  # noqa: S608
)


def compare_due() -> None:
    """The sweep: every day since the first transfer that wasn't compared, or wants it again, the
    oldest first."""
    with transaction() as session:
        session.execute(_NEW_DAYS)
    tried: set[date] = set()
    while (day := _next_due(tried)) is not None:
        tried.add(day)
        compare_day(day)


def _next_due(tried: set[date]) -> date | None:
    with transaction() as session:
        return session.scalar(
            select(FundFlowDay.day)
            .where(FundFlowDay.next_try_at <= func.clock_timestamp(), FundFlowDay.day.not_in(tried))
            .order_by(FundFlowDay.day)
            .limit(1)
        )


def compare_day(day: date) -> Ending:
    """Compare one day now; repeats are safe. Never called in a transaction.

    `waiting`: the bill isn't there yet, or WeChat is asked about transfers that it has; the sweep
    comes again. `failed`: WeChat refuses the bill.
    """
    try:
        with gateway().pay.fund_flow_bill(day) as bill, transaction() as session:
            ending = _compare(session, bill)
    except WechatRefused as refused:
        ending = _put_off(day, "failed", refused.code)
    except WechatError as fault:
        ending = _put_off(day, "waiting", type(fault).__name__)
    COMPARISONS.labels(ending).inc()
    _log.info("fund flow", day=day.isoformat(), ending=ending)
    return ending


def _compare(session: Session, bill: FundFlowBill) -> Ending:
    _lock(session, bill.day)
    found = compare(session, bill)
    for transfer_id in found.unheard:
        enqueue(session, TRANSFER_CALL, transfer_id)
    ending: Ending = "waiting" if found.unheard else "done"
    _write(
        session,
        bill.day,
        status=ending,
        error="UNHEARD" if found.unheard else None,
        next_try_at=in_seconds(RETRY_S) if found.unheard else None,
        finished_at=func.clock_timestamp(),
        **found.totals,
    )
    return ending


def _put_off(day: date, status: Ending, error: str) -> Ending:
    """Without a result; the sweep comes again while WeChat keeps the bill."""
    with transaction() as session:
        _lock(session, day)
        too_old = session.scalar(text(f"SELECT {LAST_READY.text}")) > day + timedelta(OLDEST_DAYS)
        wait_s = REFUSED_RETRY_S if status == "failed" else RETRY_S
        next_try_at = None if too_old else in_seconds(wait_s)
        _write(session, day, status=status, error=error[:64], next_try_at=next_try_at)
    return status


def _lock(session: Session, day: date) -> None:
    session.execute(insert(FundFlowDay).values(day=day).on_conflict_do_nothing())
    session.execute(select(FundFlowDay.day).where(FundFlowDay.day == day).with_for_update())


def _write(session: Session, day: date, **values: Any) -> None:
    session.execute(update(FundFlowDay).where(FundFlowDay.day == day).values(**values))
