"""The nightly roll-up. It takes no lock that anybody else waits for, and is safe to repeat.

A day is summed from its own entries alone. Lots, accounts and rules are read as a whole, once a
night; `docs/points.md` says what that costs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from mall.kernel.clock import day_start, shop_day
from mall.kernel.db import db_now, transaction
from mall.points.ledger.models import PointsEntry
from mall.points.reports.figures import BALANCE, LOT_MONTHS
from mall.points.reports.models import (
    PointsDay,
    PointsLotMonth,
    PointsRuleMonth,
)
from mall.points.settings import PER_YUAN
from mall.rewards.grounds import lock_ground

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
# One statement, so that lots and accounts are of the same moment.
_SNAPSHOT = text(
    f"""
    WITH balance AS (
        INSERT INTO points_balance_days
            (day, taken_at, accounts, available, frozen, held, debt, per_yuan)
        SELECT :day, clock_timestamp(), accounts, available, frozen, held, debt, :per_yuan
        FROM ({BALANCE}) b
        ON CONFLICT (day) DO UPDATE SET taken_at = excluded.taken_at,
            accounts = excluded.accounts, available = excluded.available,
            frozen = excluded.frozen, held = excluded.held, debt = excluded.debt,
            per_yuan = excluded.per_yuan
    )
    INSERT INTO points_lot_months
        (granted_month, expires_month, lots, granted, available, frozen, expired, reversed)
    {LOT_MONTHS}
    """  # noqa: S608
)
_SUM_RULES = text(
    """
    INSERT INTO points_rule_months (rule_id, month, grants, points, taken_back, owed)
    SELECT g.rule_id, to_char(g.day, 'YYYY-MM'), count(*), sum(p.count), sum(p.taken_back),
           sum(p.debt)
    FROM reward_parts p JOIN reward_grants g ON g.id = p.grant_id
    WHERE p.kind = 'points' AND p.receipt IS NOT NULL
    GROUP BY 1, 2
    """
)


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
    """Lots, accounts and rules as they are now, kept under the shop day that has ended last."""
    with _writing() as session:
        session.execute(delete(PointsLotMonth))
        day = shop_day(db_now(session)) - _DAY
        session.execute(_SNAPSHOT, {"day": day, "per_yuan": PER_YUAN.get()})
        session.execute(delete(PointsRuleMonth))
        session.execute(_SUM_RULES)


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
