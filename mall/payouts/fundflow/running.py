"""Comparing days: WeChat's fund-flow bill of a shop day against our transfers.

The bill is fetched first; then one transaction, alone with its day's row, writes what differs.
Running a day again is safe, and replaces its open findings.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.clock import in_seconds
from mall.kernel.db import transaction
from mall.kernel.outbound import enqueue_many
from mall.kernel.outbound_jobs import FAULT
from mall.payments.reconciliation import days
from mall.payouts.asking import TRANSFER_CALL
from mall.payouts.fundflow.comparing import compare
from mall.payouts.fundflow.metrics import COMPARISONS
from mall.payouts.fundflow.models import FundFlowDay
from mall.payouts.locking import lock_transfers
from mall.wechat.errors import WechatError, WechatRefused
from mall.wechat.gateway import FundFlowBill, gateway

Ending = Literal["done", "waiting", "failed"]
_log = structlog.get_logger("mall.payouts")
_NEW_DAYS = days.new_days("fund_flow_days", "SELECT day FROM payout_transfers ORDER BY id LIMIT 1")


def compare_due() -> None:
    """The sweep: every day since the first transfer that wasn't compared, or wants it again, the
    oldest first. A fault puts off its own day only."""
    days.each_due(FundFlowDay, _NEW_DAYS, compare_day)


def compare_day(day: date) -> Ending:
    """Compare one day now; repeats are safe. Never called in a transaction.

    `waiting`: the bill isn't there yet, or WeChat is asked about transfers that it has; the sweep
    comes again. So it is after a fault of our own code, which is logged. `failed`: WeChat refuses
    the bill.
    """
    unheard: list[int] = []
    try:
        with gateway().pay.fund_flow_bill(day) as bill, transaction() as session:
            ending, unheard = _compare(session, bill)
    except WechatRefused as refused:
        ending = _put_off(day, "failed", refused.code)
    except WechatError as fault:
        ending = _put_off(day, "waiting", type(fault).__name__)
    except Exception:
        _log.exception("fund flow", day=day.isoformat())
        ending = _put_off(day, "waiting", FAULT)
    if unheard:
        _ask_about(unheard)
    COMPARISONS.labels(ending).inc()
    _log.info("fund flow", day=day.isoformat(), ending=ending)
    return ending


def _ask_about(transfer_ids: list[int]) -> None:
    """Ask WeChat about these transfers now. Should this be lost, the next comparison does it."""
    with transaction() as session:
        lock_transfers(session, transfer_ids)
        enqueue_many(session, TRANSFER_CALL, transfer_ids)


def _compare(session: Session, bill: FundFlowBill) -> tuple[Ending, list[int]]:
    """How it ended, and the transfers that WeChat must be asked about."""
    _lock(session, bill.day)
    found = compare(session, bill)
    ending: Ending = "waiting" if found.unheard else "done"
    _write(
        session,
        bill.day,
        status=ending,
        error="UNHEARD" if found.unheard else None,
        next_try_at=in_seconds(days.RETRY_S) if found.unheard else None,
        finished_at=func.clock_timestamp(),
        **found.totals,
    )
    return ending, found.unheard


def _put_off(day: date, status: Ending, error: str) -> Ending:
    """Without a result; the sweep comes again while WeChat keeps the bill."""
    with transaction() as session:
        _lock(session, day)
        next_try_at = days.next_try(session, day, refused=status == "failed")
        _write(session, day, status=status, error=error[:64], next_try_at=next_try_at)
    return status


def _lock(session: Session, day: date) -> None:
    session.execute(insert(FundFlowDay).values(day=day).on_conflict_do_nothing())
    session.execute(select(FundFlowDay.day).where(FundFlowDay.day == day).with_for_update())


def _write(session: Session, day: date, **values: Any) -> None:
    session.execute(update(FundFlowDay).where(FundFlowDay.day == day).values(**values))
