"""The nightly roll-up. It takes no lock that anybody else waits for, and is safe to repeat.

A day is summed from its own entries alone. Of lots, accounts and rules only those are read that
changed since the night before (`counting.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from mall.kernel.clock import day_start, shop_day
from mall.kernel.db import Base, db_now, transaction
from mall.points.ledger.models import PointsEntry
from mall.points.reports.counting import COUNT, DIGEST
from mall.points.reports.models import (
    COUNTED,
    PointsBalanceDay,
    PointsDay,
    PointsLotMonth,
    PointsRuleMonth,
)
from mall.points.settings import PER_YUAN
from mall.rewards.grounds import lock_ground

OPEN_AT_MOST = timedelta(hours=1)
"""Longer than any transaction: what was written before the last snapshot may have been committed
only after it."""
_DAY = timedelta(days=1)
_TIMEOUT = "SET LOCAL statement_timeout = '600s'"
_SUM_DAY = text(
    """
    INSERT INTO points_days (day, kind, entries, granted, net)
    SELECT :day, e.kind, count(*), coalesce(sum(l.granted), 0),
           sum(e.available + e.frozen + e.held - e.debt)
    FROM points_entries e LEFT JOIN points_lots l ON l.entry_id = e.id
    WHERE e.created_at >= :start AND e.created_at < :end
    GROUP BY e.kind
    """
)
_EMPTY_MONTHS = delete(PointsLotMonth).where(PointsLotMonth.lots == 0)


def roll_up() -> None:
    """Sum the days that have ended, then take the snapshots of lots, accounts and rules.

    Each day is a transaction of its own; a run that was killed is made up for by the next.
    """
    for day in list(_days_due()):
        sum_day(day)
    take_snapshot()


def sum_day(day: date) -> None:
    """Sum the entries of a shop day anew."""
    with _writing() as session:
        session.execute(delete(PointsDay).where(PointsDay.day == day))
        bounds = {"start": day_start(day), "end": day_start(day + _DAY)}
        session.execute(_SUM_DAY, {"day": day, **bounds})


def take_snapshot() -> None:
    """Lots, accounts and rules as they are now, kept under the shop day that has ended last.

    It goes on from the snapshot before; the first, and the first that counts otherwise, begins with
    nothing and looks at all.
    """
    with _writing() as session:
        last = _last(session)
        if last is None:
            _forget(session)
        day = shop_day(db_now(session)) - _DAY
        terms = {"day": day, "per_yuan": PER_YUAN.get(), "counted_by": DIGEST}
        since = last.taken_at - OPEN_AT_MOST if last else "-infinity"
        session.execute(COUNT, {**terms, "last": last and last.day, "since": since})
        session.execute(_EMPTY_MONTHS)


def _last(session: Session) -> PointsBalanceDay | None:
    """The newest snapshot, if it was counted as we do."""
    newest = session.scalar(
        select(PointsBalanceDay)
        .order_by(PointsBalanceDay.day.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    return newest if newest is not None and newest.counted_by == DIGEST else None


def _forget(session: Session) -> None:
    """Nothing is in the sums."""
    sums: tuple[type[Base], ...] = (PointsLotMonth, PointsRuleMonth)
    for table in (*sums, *COUNTED):
        session.execute(delete(table))


def _days_due() -> Iterator[date]:
    """From the second to last day that was summed, or from the first entry, until yesterday.

    The last days are summed again: an entry's time is a moment earlier than its commit.
    """
    with transaction() as session:
        today = shop_day(db_now(session))
        last = session.scalar(select(func.max(PointsDay.day)))
        first = session.scalar(select(PointsEntry.created_at).order_by(PointsEntry.id).limit(1))
    if first is None:
        return
    day = shop_day(first) if last is None else last - _DAY
    while day < today:
        yield day
        day += _DAY


@contextmanager
def _writing() -> Iterator[Session]:
    """A transaction with time enough for the whole ledger, of one run at a time."""
    with transaction() as session:
        session.execute(text(_TIMEOUT))
        lock_ground(session, "points:reports")
        yield session
