"""Reads of the check-in, for shoppers and staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.kernel.clock import day_start, shop_day
from mall.kernel.db import db_now
from mall.missions.checkin import cards
from mall.missions.checkin.errors import CheckInPlanNotFound
from mall.missions.checkin.milestones import DAILY, Progress, is_reached, read_milestones
from mall.missions.checkin.models import (
    CheckIn,
    CheckInCycle,
    CheckInPlan,
    CheckInReminder,
    CheckInState,
    MakeUpCardMonth,
)
from mall.missions.checkin.settings import (
    CARD_POINTS,
    CARDS_PER_MONTH,
    CHECK_IN_OPEN,
    MAKE_UP_DAYS,
    MAKE_UPS_PER_MONTH,
    MAX_MAKE_UP_DAYS,
)


@dataclass(frozen=True, slots=True)
class CheckInView:
    """One check-in, with what it gave."""

    day: date
    streak: int
    made_up: bool
    rewards: list[dict[str, Any]]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RewardView:
    """A reward of the cycle, and whether the cycle has reached it (none for a daily one)."""

    kind: str
    at: int | None
    name: str
    reward: Sequence[Any]
    reached: bool | None


@dataclass(frozen=True, slots=True)
class MakeUpView:
    """What a shopper may make up: days from `from_day` until yesterday.

    A card costs `card_points`, none when none are sold; `cards_to_buy` more this month.
    """

    cards: int
    left_this_month: int
    from_day: date
    card_points: int | None
    cards_to_buy: int


@dataclass(frozen=True, slots=True)
class StateView:
    """Where a shopper stands today. `streak` is 0 when a day was missed; no `cycle` before it
    begins: then `rewards` are those of the plan in force."""

    today: date
    open: bool
    checked_in: bool
    streak: int
    longest: int
    total: int
    cycle: Progress | None
    rewards: list[RewardView]
    make_up: MakeUpView
    reminder_hour: int | None


def today(session: Session) -> date:
    """The shop day by the database's clock."""
    return shop_day(db_now(session))


def check_in_of(session: Session, user_id: int, day: date) -> CheckInView:
    """The check-in of a day that there is one of."""
    row = session.execute(
        select(*_SHOWN).where(CheckIn.user_id == user_id, CheckIn.day == day)
    ).one()
    return CheckInView(*row)


def newest_check_in(session: Session, user_id: int) -> CheckInView:
    """The last check-in of a shopper who has one."""
    row = session.execute(
        select(*_SHOWN).where(CheckIn.user_id == user_id).order_by(CheckIn.day.desc()).limit(1)
    ).one()
    return CheckInView(*row)


def state(session: Session, user_id: int) -> StateView:
    """Where the shopper stands, at the same cost whatever the history."""
    day = today(session)
    held = session.execute(
        select(*CheckInState.__table__.c).where(CheckInState.user_id == user_id)
    ).one_or_none()
    cycle = session.execute(
        select(CheckInCycle.plan_version, *_PROGRESS).where(
            CheckInCycle.user_id == user_id,
            CheckInCycle.first_day <= day,
            CheckInCycle.last_day >= day,
        )
    ).one_or_none()
    progress = Progress(*cycle[1:]) if cycle else None
    offered = _plan(session, cycle.plan_version if cycle else None)
    return StateView(
        today=day,
        open=CHECK_IN_OPEN.get() and offered is not None,
        checked_in=held is not None and held.last_day >= day,
        streak=held.streak if held and held.last_day >= day - timedelta(days=1) else 0,
        longest=held.longest if held else 0,
        total=held.total if held else 0,
        cycle=progress,
        rewards=_rewards(offered, progress),
        make_up=make_up_of(session, user_id, day),
        reminder_hour=session.scalar(
            select(CheckInReminder.hour).where(CheckInReminder.user_id == user_id)
        ),
    )


def make_up_of(session: Session, user_id: int, day: date) -> MakeUpView:
    """What the shopper may make up on that shop day, and what a card costs."""
    price = CARD_POINTS.get()
    bought = session.scalar(
        select(MakeUpCardMonth.bought).where(
            MakeUpCardMonth.user_id == user_id, MakeUpCardMonth.month == day.replace(day=1)
        )
    )
    return MakeUpView(
        cards=cards.left(session, user_id),
        left_this_month=max(
            0, MAKE_UPS_PER_MONTH.get() - made_up_this_month(session, user_id, day)
        ),
        from_day=day - timedelta(days=MAKE_UP_DAYS.get()),
        card_points=price or None,
        cards_to_buy=max(0, CARDS_PER_MONTH.get() - (bought or 0)) if price else 0,
    )


def made_up_this_month(session: Session, user_id: int, day: date) -> int:
    """How often a shopper has made up a day in the shop's month of `day`."""
    first = day.replace(day=1)
    month = day_start(first)
    return (
        session.scalar(
            select(func.count()).where(
                CheckIn.user_id == user_id,
                CheckIn.day >= first - MAX_MAKE_UP_DAYS * timedelta(days=1),  # by the key
                CheckIn.made_up,
                CheckIn.created_at >= month,
            )
        )
        or 0
    )


def calendar(session: Session, user_id: int, first: date) -> Sequence[Any]:
    """The shopper's check-ins of the month that begins with `first`, by day."""
    following = (first + timedelta(days=31)).replace(day=1)
    return session.execute(
        select(CheckIn.day, CheckIn.streak, CheckIn.made_up)
        .where(CheckIn.user_id == user_id, CheckIn.day >= first, CheckIn.day < following)
        .order_by(CheckIn.day)
    ).all()


def check_ins(session: Session, user_id: int, *, before: date | None, limit: int) -> Sequence[Any]:
    """A shopper's check-ins, newest first, before a day; one more than `limit`, for paging."""
    query = (
        select(*_SHOWN)
        .where(CheckIn.user_id == user_id)
        .order_by(CheckIn.day.desc())
        .limit(limit + 1)
    )
    return session.execute(query if before is None else query.where(CheckIn.day < before)).all()


def plans(session: Session, *, before: int | None, limit: int) -> Sequence[CheckInPlan]:
    """Versions of the plan, newest first; one more than `limit`, for paging."""
    query = select(CheckInPlan).order_by(CheckInPlan.version.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(CheckInPlan.version < before)
    return session.scalars(query).all()


def plan(session: Session, version: int) -> CheckInPlan:
    """One version. Raises CheckInPlanNotFound."""
    found = session.get(CheckInPlan, version)
    if found is None:
        raise CheckInPlanNotFound
    return found


_SHOWN = (CheckIn.day, CheckIn.streak, CheckIn.made_up, CheckIn.rewards, CheckIn.created_at)
_PROGRESS = (
    CheckInCycle.first_day,
    CheckInCycle.last_day,
    CheckInCycle.checked,
    CheckInCycle.best,
)


def _plan(session: Session, version: int | None) -> CheckInPlan | None:
    """That version; without one the plan in force."""
    query = select(CheckInPlan).order_by(CheckInPlan.version.desc()).limit(1)
    return session.scalar(query if version is None else query.where(CheckInPlan.version == version))


def _rewards(offered: CheckInPlan | None, cycle: Progress | None) -> list[RewardView]:
    milestones = read_milestones(offered.rewards) if offered else []
    views = [
        RewardView(
            kind=one.kind,
            at=one.at,
            name=one.name,
            reward=one.reward,
            reached=None if one.kind == DAILY else cycle is not None and is_reached(one, cycle),
        )
        for one in milestones
    ]
    return sorted(views, key=lambda one: (one.kind, one.at or 0))
