"""Reports of points: from roll-ups of a few thousand rows. They read the ledger only until there
are some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import TextClause, func, select, text
from sqlalchemy.orm import Session

from mall.kernel.clock import shop_day
from mall.kernel.db import db_now
from mall.points.ledger.kinds import EXPIRE, FORFEIT, LABELS, RETURN, REVERSE
from mall.points.reports.figures import BALANCE, LOTS
from mall.points.reports.models import (
    PointsBalanceDay,
    PointsDay,
    PointsLotMonth,
    PointsRuleMonth,
)
from mall.points.settings import PER_YUAN
from mall.rewards.models import RewardRule


@dataclass(frozen=True, slots=True)
class ExpiryMonth:
    """What expires in a month of the shop, None for never; worth `value_fen`."""

    month: str | None
    available: int
    frozen: int
    value_fen: int


@dataclass(frozen=True, slots=True)
class Liability:
    """What the shop owed in points at `taken_at`, by the month of expiry.

    `outstanding` is available, frozen and held together. `debt` is what shoppers owe.
    """

    day: date
    taken_at: datetime
    per_yuan: int
    accounts: int
    available: int
    frozen: int
    held: int
    debt: int
    outstanding: int
    value_fen: int
    months: list[ExpiryMonth]


@dataclass(slots=True)
class KindSum:
    """What entries of a kind did in a month."""

    kind: str
    label: str
    entries: int
    granted: int
    net: int


@dataclass(slots=True)
class FlowMonth:
    """What happened to points in a month, and what has become of those granted in it so far.

    granted - spent + returned - expired - forfeited - reversed = net, what the shop owes more.
    """

    month: str
    granted: int = 0
    spent: int = 0
    returned: int = 0
    expired: int = 0
    forfeited: int = 0
    reversed: int = 0
    net: int = 0
    of_grants_left: int = 0
    of_grants_expired: int = 0
    of_grants_reversed: int = 0
    expired_bp: int = 0
    kinds: list[KindSum] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RuleCost:
    """What a reward rule gave in points; `net` is what wasn't reversed, worth `value_fen`."""

    rule_id: int
    name: str
    grants: int
    points: int
    taken_back: int
    owed: int
    net: int
    value_fen: int


def worth(points: int, per_yuan: int) -> int:
    """In fen, rounded up."""
    return -(-points * 100 // per_yuan)


def _by_expiry(lots: str) -> TextClause:
    return text(
        f"""
        SELECT expires_month, sum(available) AS available, sum(frozen) AS frozen
        FROM {lots} l
        GROUP BY expires_month HAVING sum(available + frozen) > 0
        ORDER BY expires_month = '', expires_month
        """  # noqa: S608
    )


_MONTHS, _MONTHS_NOW = _by_expiry("points_lot_months"), _by_expiry(f"({LOTS})")


def liability(session: Session) -> Liability:
    """The newest snapshot. Before the first night there is none: then the ledger as it is now."""
    newest = session.scalar(select(PointsBalanceDay).order_by(PointsBalanceDay.day.desc()).limit(1))
    if newest is None:
        return _liability(session, _balance_now(session), _MONTHS_NOW)
    return _liability(session, newest, _MONTHS)


def _balance_now(session: Session) -> PointsBalanceDay:
    figures = session.execute(text(BALANCE)).one()._asdict()
    now = db_now(session)
    sums = {name: int(figure) for name, figure in figures.items()}
    return PointsBalanceDay(day=shop_day(now), taken_at=now, per_yuan=PER_YUAN.get(), **sums)


def _liability(session: Session, newest: PointsBalanceDay, months: TextClause) -> Liability:
    outstanding = newest.available + newest.frozen + newest.held
    return Liability(
        day=newest.day,
        taken_at=newest.taken_at,
        per_yuan=newest.per_yuan,
        accounts=newest.accounts,
        available=newest.available,
        frozen=newest.frozen,
        held=newest.held,
        debt=newest.debt,
        outstanding=outstanding,
        value_fen=worth(outstanding, newest.per_yuan),
        months=[_expiry(row, newest.per_yuan) for row in session.execute(months)],
    )


def _expiry(row: Any, per_yuan: int) -> ExpiryMonth:
    available, frozen = int(row.available), int(row.frozen)
    value_fen = worth(available + frozen, per_yuan)
    return ExpiryMonth(row.expires_month or None, available, frozen, value_fen)


def balances(session: Session, first: date, last: date) -> Sequence[PointsBalanceDay]:
    """The balance of each day's end, oldest first."""
    query = select(PointsBalanceDay).where(
        PointsBalanceDay.day >= first, PointsBalanceDay.day <= last
    )
    return session.scalars(query.order_by(PointsBalanceDay.day)).all()


def flows(session: Session, first: str, last: str) -> list[FlowMonth]:
    """What was granted, spent, expired and reversed, by month of the shop, until yesterday."""
    month = func.to_char(PointsDay.day, "YYYY-MM")
    rows = session.execute(
        select(
            month.label("month"),
            PointsDay.kind,
            func.sum(PointsDay.entries).label("entries"),
            func.sum(PointsDay.granted).label("granted"),
            func.sum(PointsDay.net).label("net"),
        )
        .where(month >= first, month <= last)
        .group_by(month, PointsDay.kind)
        .order_by(month, PointsDay.kind)
    )
    found: dict[str, FlowMonth] = {}
    for row in rows:
        flow = found.setdefault(row.month, FlowMonth(row.month))
        label = LABELS.get(row.kind, row.kind)
        _add(flow, KindSum(row.kind, label, int(row.entries), int(row.granted), int(row.net)))
    _add_cohorts(session, found)
    return list(found.values())


def _add(flow: FlowMonth, part: KindSum) -> None:
    """By what a kind does: whatever makes no lot and isn't named here was spent."""
    flow.kinds.append(part)
    flow.granted += part.granted
    flow.net += part.net
    gone = part.granted - part.net
    if part.kind == EXPIRE:
        flow.expired += gone
    elif part.kind == FORFEIT:
        flow.forfeited += gone
    elif part.kind == REVERSE:
        flow.reversed += gone
    elif part.kind == RETURN:
        flow.returned -= gone
    else:
        flow.spent += gone


def _add_cohorts(session: Session, found: dict[str, FlowMonth]) -> None:
    lot = PointsLotMonth
    rows = session.execute(
        select(
            lot.granted_month,
            func.sum(lot.granted).label("granted"),
            func.sum(lot.available + lot.frozen).label("left"),
            func.sum(lot.expired).label("expired"),
            func.sum(lot.reversed).label("reversed"),
        )
        .where(lot.granted_month.in_(found))
        .group_by(lot.granted_month)
    )
    for row in rows:
        flow = found[row.granted_month]
        flow.of_grants_left = int(row.left)
        flow.of_grants_expired = int(row.expired)
        flow.of_grants_reversed = int(row.reversed)
        flow.expired_bp = int(row.expired * 10_000 // row.granted)


def rule_costs(session: Session, first: str, last: str) -> list[RuleCost]:
    """What each reward rule gave in these months, the dearest first."""
    part = PointsRuleMonth
    points = func.sum(part.points)
    back, owed = func.sum(part.taken_back), func.sum(part.owed)
    rows = session.execute(
        select(part.rule_id, RewardRule.name, func.sum(part.grants), points, back, owed)
        .join(RewardRule, RewardRule.id == part.rule_id)
        .where(part.month >= first, part.month <= last)
        .group_by(part.rule_id, RewardRule.name)
        .order_by((points - back - owed).desc(), part.rule_id)
    )
    per_yuan = PER_YUAN.get()
    return [_cost(row.rule_id, row.name, list(map(int, row[2:])), per_yuan) for row in rows]


def _cost(rule_id: int, name: str, figures: list[int], per_yuan: int) -> RuleCost:
    grants, points, back, owed = figures
    net = points - back - owed
    return RuleCost(rule_id, name, grants, points, back, owed, net, worth(net, per_yuan))
