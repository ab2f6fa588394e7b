"""Tables of the check-in: plans of staff, a shopper's cycles, days and present state."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified


class CheckInPlan(Created, Base):
    """How long a cycle is, and what is given in it. A row never changes; the newest is in force.

    `days` is the length of a cycle; none means calendar months. `rewards` is a list of `kind`
    (`milestones.py`), `at`, `rule_id`, and what the rule gave when the plan was made: `name`
    and `reward`.
    """

    __tablename__ = "check_in_plans"
    __table_args__ = (CheckConstraint("days > 0", name="days"),)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    days: Mapped[int | None] = mapped_column(Integer)
    rewards: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class CheckInCycle(Identified, Created):
    """One cycle of a shopper, by the plan that was in force when it began.

    `checked` is how many of its days have a check-in, `best` the longest streak inside it.
    """

    __tablename__ = "check_in_cycles"
    __table_args__ = (
        UniqueConstraint("user_id", "last_day", name="uq_check_in_cycles_user_id_last_day"),
        CheckConstraint("first_day <= last_day", name="days"),
        CheckConstraint(
            "best >= 1 AND best <= checked AND checked <= last_day - first_day + 1", name="checked"
        ),
        Index("ix_check_in_cycles_created_at", "created_at", **BY_TIME),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    plan_version: Mapped[int] = mapped_column(BigInteger, ForeignKey("check_in_plans.version"))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    checked: Mapped[int] = mapped_column(Integer)
    best: Mapped[int] = mapped_column(Integer)


class CheckIn(Created, Base):
    """That a shopper checked in on a shop day: once.

    `streak` is how many days in a row end with it. One that was `made_up` was added later, by a
    card. `rewards` is what it gave or why not.
    """

    __tablename__ = "check_ins"
    __table_args__ = (
        CheckConstraint("streak > 0", name="streak"),
        Index("ix_check_ins_created_at", "created_at", **BY_TIME),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    cycle_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("check_in_cycles.id"))
    streak: Mapped[int]
    made_up: Mapped[bool] = mapped_column(server_default=text("false"))
    rewards: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))


class CheckInState(Base):
    """Where a shopper stands: the row that all of a shopper's check-ins lock first.

    `streak` days in a row ended on `last_day`, `longest` was the most ever, `total` is all days.
    """

    __tablename__ = "check_in_states"
    __table_args__ = (
        CheckConstraint("streak > 0 AND streak <= longest AND longest <= total", name="streak"),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    last_day: Mapped[date] = mapped_column(Date)
    streak: Mapped[int]
    longest: Mapped[int]
    total: Mapped[int]


class MakeUpCards(Base):
    """A shopper's make-up cards (补签卡): given as rewards or bought, taken back, used."""

    __tablename__ = "make_up_cards"
    __table_args__ = (
        CheckConstraint(
            "used >= 0 AND taken_back >= 0 AND used + taken_back <= given", name="left"
        ),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    given: Mapped[int]
    taken_back: Mapped[int] = mapped_column(server_default=text("0"))
    used: Mapped[int] = mapped_column(server_default=text("0"))


class MakeUpCardMonth(Base):
    """How many make-up cards a shopper bought in the month of the shop that begins so."""

    __tablename__ = "make_up_card_months"
    __table_args__ = (CheckConstraint("bought > 0", name="bought"),)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    month: Mapped[date] = mapped_column(Date, primary_key=True)
    bought: Mapped[int] = mapped_column(Integer)
    bought_at: Mapped[datetime] = mapped_column(index=True)


class CheckInReminder(Base):
    """That a shopper wants to be reminded at this hour of the shop's clock.

    `handled_on` is the last shop day on which that was done, or wasn't needed.
    """

    __tablename__ = "check_in_reminders"
    __table_args__ = (
        CheckConstraint("hour >= 0 AND hour < 24", name="hour"),
        Index("ix_check_in_reminders_hour_handled_on", "hour", "handled_on"),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    hour: Mapped[int] = mapped_column(SmallInteger)
    handled_on: Mapped[date] = mapped_column(Date)
