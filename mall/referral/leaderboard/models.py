"""Tables of leaderboards of invites: the terms, the prizes, the boards of the periods."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Base, Created, Identified

WINDOW, DAY, WEEK, MONTH = "window", "day", "week", "month"
PERIODS = (WINDOW, DAY, WEEK, MONTH)
"""One board for the whole time, or one for each shop day, week (from Monday) or month."""


class Leaderboard(Identified, Created):
    """What staff compose. Its terms may change until it starts; `version` counts what was saved.

    Late invites are counted until `wait_h` hours after a period's end; then its ranks are frozen.
    From `stopped_at` on nothing further counts.
    """

    __tablename__ = "referral_leaderboards"
    __table_args__ = (
        CheckConstraint("period IN ('window', 'day', 'week', 'month')", name="period"),
        CheckConstraint("starts_at < ends_at", name="times"),
        CheckConstraint("wait_h >= 0", name="wait"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("(stopped_at IS NULL) = (stop_reason IS NULL)", name="stopped"),
    )
    version: Mapped[int] = mapped_column(server_default=text("1"))
    name: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    period: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    wait_h: Mapped[int] = mapped_column(SmallInteger)
    stopped_at: Mapped[datetime | None]
    stop_reason: Mapped[str | None] = mapped_column(Text)


class LeaderboardPrize(Base):
    """What some ranks of each period get. `name` and `reward` are what the reward rule said when
    the terms were saved."""

    __tablename__ = "referral_leaderboard_prizes"
    __table_args__ = (CheckConstraint("0 < first_rank AND first_rank <= last_rank", name="ranks"),)
    leaderboard_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("referral_leaderboards.id"), primary_key=True
    )
    first_rank: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last_rank: Mapped[int] = mapped_column(Integer)
    rule_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reward_rules.id"))
    name: Mapped[str] = mapped_column(Text)
    reward: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class LeaderboardPeriod(Base):
    """The board of a period."""

    __tablename__ = "referral_leaderboard_periods"
    __table_args__ = (UniqueConstraint("board_id"),)
    leaderboard_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("referral_leaderboards.id"), primary_key=True
    )
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    board_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("boards.id"))
