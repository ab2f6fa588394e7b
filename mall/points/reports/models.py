"""Roll-ups of points: small tables that reports read instead of the ledger."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Base


class PointsDay(Base):
    """What the entries of one kind did on a shop day, in points.

    `granted` is what new lots got. `net` is available + frozen + held - debt: what the shop owes
    by them more, or less.
    """

    __tablename__ = "points_days"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    entries: Mapped[int]
    granted: Mapped[int]
    net: Mapped[int]


class PointsLotMonth(Base):
    """Lots by the month of their grant and of their last day ("2026-11"; "" for never).

    Made anew each night. `available` and `frozen` are what remains of them.
    """

    __tablename__ = "points_lot_months"
    granted_month: Mapped[str] = mapped_column(Text, primary_key=True)
    expires_month: Mapped[str] = mapped_column(Text, primary_key=True)
    lots: Mapped[int]
    granted: Mapped[int]
    available: Mapped[int]
    frozen: Mapped[int]
    expired: Mapped[int]
    reversed: Mapped[int]


class PointsBalanceDay(Base):
    """All accounts together at one moment, soon after the shop day `day` had ended."""

    __tablename__ = "points_balance_days"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    taken_at: Mapped[datetime]
    accounts: Mapped[int]
    available: Mapped[int]
    frozen: Mapped[int]
    held: Mapped[int]
    debt: Mapped[int]
    per_yuan: Mapped[int]


class PointsRuleMonth(Base):
    """Points that a reward rule gave in a month of the shop, and what of them came back.

    Made anew each night. `owed` were due back but had been spent: a debt of the shoppers.
    """

    __tablename__ = "points_rule_months"
    rule_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("reward_rules.id"), primary_key=True
    )
    month: Mapped[str] = mapped_column(Text, primary_key=True)
    grants: Mapped[int]
    points: Mapped[int]
    taken_back: Mapped[int]
    owed: Mapped[int]
