"""Roll-ups of points: small tables that reports read instead of the ledger.

And what of each lot, account and grant is in their sums, so that a night counts only those anew
that changed. These have no foreign keys: a key's check would lock the row that it refers to, and
the ledger's writers would wait for the roll-up.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, Text, text
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

    `available` and `frozen` are what remains of them.
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
    """All accounts with entries together at one moment, soon after the shop day `day` had ended.

    The newest is the mark that the next roll-up goes on from. `counted_by` is a digest of the
    statement that counted: another begins anew.
    """

    __tablename__ = "points_balance_days"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    taken_at: Mapped[datetime]
    accounts: Mapped[int]
    available: Mapped[int]
    frozen: Mapped[int]
    held: Mapped[int]
    debt: Mapped[int]
    per_yuan: Mapped[int]
    counted_by: Mapped[str] = mapped_column(Text, server_default=text("''"))


class PointsRuleMonth(Base):
    """Points that a reward rule gave in a month of the shop, and what of them came back.

    `owed` were due back but had been spent: a debt of the shoppers.
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


class PointsCountedLot(Base):
    """What of a lot is in `points_lot_months`."""

    __tablename__ = "points_counted_lots"
    lot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    granted_month: Mapped[str] = mapped_column(Text)
    expires_month: Mapped[str] = mapped_column(Text)
    granted: Mapped[int]
    available: Mapped[int]
    frozen: Mapped[int]
    expired: Mapped[int]
    reversed: Mapped[int]


class PointsCountedAccount(Base):
    """What of an account is in the newest row of `points_balance_days`."""

    __tablename__ = "points_counted_accounts"
    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    available: Mapped[int]
    frozen: Mapped[int]
    held: Mapped[int]
    debt: Mapped[int]


class PointsCountedGrant(Base):
    """What of a reward grant is in `points_rule_months`."""

    __tablename__ = "points_counted_grants"
    grant_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    rule_id: Mapped[int]
    month: Mapped[str] = mapped_column(Text)
    points: Mapped[int]
    taken_back: Mapped[int]
    owed: Mapped[int]


COUNTED: tuple[type[Base], ...] = (PointsCountedLot, PointsCountedAccount, PointsCountedGrant)
