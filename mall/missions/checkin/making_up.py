"""Make-up (补签): a card turns a missed day into a check-in, and two streaks into one.

It costs the days between the made-up one and today, at most `missions.make_up_days`, whatever
the history. Lock order: the shopper's state, the cycle, what rewards lock, the cards.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Integer, cast, select, update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.prepared import PreparedStatement
from mall.missions.checkin import cards, cycles
from mall.missions.checkin.errors import (
    CheckInClosed,
    MakeUpLimit,
    MakeUpNoCard,
    MakeUpNothingYet,
    MakeUpTooFar,
)
from mall.missions.checkin.keeping import keep
from mall.missions.checkin.models import CheckIn, CheckInState
from mall.missions.checkin.queries import CheckInView, check_in_of, made_up_this_month, today
from mall.missions.checkin.settings import CHECK_IN_OPEN, MAKE_UP_DAYS, MAKE_UPS_PER_MONTH

_DAY = timedelta(days=1)
# A run of days that ends on the last day is the present streak.
_STATE = PreparedStatement(
    """
    UPDATE check_in_states SET
        streak = CASE WHEN CAST(:run_last AS date) >= last_day THEN CAST(:length AS bigint)
                      ELSE streak END,
        longest = greatest(longest, CAST(:length AS bigint)),
        last_day = greatest(last_day, CAST(:run_last AS date)),
        total = total + 1
    WHERE user_id = :user_id
    """
)


@dataclass(frozen=True, slots=True)
class Run:
    """Days in a row."""

    first: date
    last: date

    @property
    def length(self) -> int:
        return (self.last - self.first).days + 1


def make_up(user_id: int, day: date) -> CheckInView:
    """Add a missed day by a card; a day that is there is said again, and takes no card.

    The streak counts as if the shopper had come; rewards that the day's cycle reaches by it are
    given, each once.
    Raises CheckInClosed, MakeUpNothingYet, MakeUpTooFar, MakeUpLimit, MakeUpNoCard, AccountClosed.
    """
    if not CHECK_IN_OPEN.get():
        raise CheckInClosed
    with transaction() as session:
        _lock(session, user_id)
        if _is_there(session, user_id, day):
            return check_in_of(session, user_id, day)
        now = today(session)
        if not now - MAKE_UP_DAYS.get() * _DAY <= day < now:
            raise MakeUpTooFar(param="day")
        if made_up_this_month(session, user_id, now) >= MAKE_UPS_PER_MONTH.get():
            raise MakeUpLimit
        if not cards.left(session, user_id):  # what the day itself gives comes too late
            raise MakeUpNoCard
        run = _join(session, user_id, day)
        _STATE.rows(session, user_id=user_id, run_last=run.last, length=run.length)
        counted = cycles.count_day(session, user_id, day, (run.first, run.last))
        streak = (day - run.first).days + 1
        made = keep(session, user_id, day, streak, counted, made_up=True)
        cards.use(session, user_id)
        return made


def _lock(session: Session, user_id: int) -> None:
    held = session.scalar(
        select(CheckInState.user_id).where(CheckInState.user_id == user_id).with_for_update()
    )
    if held is None:
        raise MakeUpNothingYet


def _is_there(session: Session, user_id: int, day: date) -> bool:
    found = select(CheckIn.day).where(CheckIn.user_id == user_id, CheckIn.day == day)
    return session.scalar(found) is not None


def _join(session: Session, user_id: int, day: date) -> Run:
    """The run that `day` makes of the one before it and the one after it, whose days count on."""
    before = session.scalar(
        select(CheckIn.streak).where(CheckIn.user_id == user_id, CheckIn.day == day - _DAY)
    )
    first = day - (before or 0) * _DAY
    begins_after: Any = CheckIn.day - cast(CheckIn.streak, Integer) == day
    after = session.scalars(
        update(CheckIn)
        .where(CheckIn.user_id == user_id, CheckIn.day > day, begins_after)
        .values(streak=CheckIn.streak + (day - first).days + 1)
        .returning(CheckIn.day),
        execution_options={"synchronize_session": False},
    ).all()
    return Run(first, max(after, default=day))
