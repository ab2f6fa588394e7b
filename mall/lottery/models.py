"""Tables of lotteries: what staff compose and publish, chances, draws with their proof, wins."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified

SEALED_FOR = "lottery.secret"
"""The purpose of the seal of a lottery's secret."""


class Lottery(Identified, Created):
    """A lottery: a draft (`draft`, version 0), then its published version and what is left of it.

    `revision` counts what staff saved. `digest` is the hash of the version's table. `drawn`
    counts the draws, `left_counts` what is left of each counted prize; `costs_fen` is what each
    prize costs the shop, `spent_fen` what the prizes that were won cost. The secret is sealed
    from publishing on, and written to `secret` (hexadecimal) once the lottery is over.
    """

    __tablename__ = "lotteries"
    __table_args__ = (
        CheckConstraint("(version = 0) = (draft IS NOT NULL)", name="draft"),
        CheckConstraint(
            "num_nonnulls(published_at, digest, commitment, secret_sealed, starts_at, ends_at)"
            " = CASE WHEN version = 0 THEN 0 ELSE 6 END",
            name="published",
        ),
        CheckConstraint("(ended_at IS NULL) = (secret IS NULL)", name="ended"),
        CheckConstraint("spent_fen >= 0 AND spent_fen <= budget_fen", name="budget"),
        CheckConstraint("drawn >= 0 AND drawn <= tickets", name="tickets"),
        Index("ix_lotteries_ends_at", "ends_at", postgresql_where=text("ended_at IS NULL")),
    )
    name: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(server_default=text("1"))
    draft: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    version: Mapped[int] = mapped_column(server_default=text("0"))
    digest: Mapped[str | None] = mapped_column(Text)
    commitment: Mapped[str | None] = mapped_column(Text)
    secret_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info={"sealed": SEALED_FOR})
    secret: Mapped[str | None] = mapped_column(Text)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    paused: Mapped[bool] = mapped_column(server_default=text("false"))
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(Text, server_default=text("''"))
    tickets: Mapped[int | None]
    drawn: Mapped[int] = mapped_column(server_default=text("0"))
    left_counts: Mapped[list[int]] = mapped_column(JSONB, server_default=text("'[]'"))
    costs_fen: Mapped[list[int]] = mapped_column(JSONB, server_default=text("'[]'"))
    budget_fen: Mapped[int | None]
    spent_fen: Mapped[int] = mapped_column(server_default=text("0"))


class LotteryVersion(Created, Base):
    """A published table: its canonical JSON and the SHA-256 of that. A trigger keeps it as it is.

    `from_draw` is the first draw that was or will be made under it.
    """

    __tablename__ = "lottery_versions"
    __table_args__ = (CheckConstraint("from_draw > 0", name="from_draw"),)
    lottery_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("lotteries.id"), primary_key=True
    )
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    from_draw: Mapped[int]
    canonical: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text)
    costs_fen: Mapped[list[int]] = mapped_column(JSONB)


class LotteryShopper(Base):
    """What a shopper did in a lottery: draws in all, in a row without a win (`dry`), on `day`.

    `alias` stands for the shopper in the published proof rows.
    """

    __tablename__ = "lottery_shoppers"
    __table_args__ = (
        UniqueConstraint("lottery_id", "alias"),
        CheckConstraint("day_drawn > 0 AND dry >= 0 AND dry <= drawn", name="drawn"),
        Index("ix_lottery_shoppers_user_id", "user_id"),
        Index("ix_lottery_shoppers_day", "day", **BY_TIME),
    )
    lottery_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("lotteries.id"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    alias: Mapped[str] = mapped_column(Text)
    drawn: Mapped[int]
    dry: Mapped[int]
    day: Mapped[date] = mapped_column(Date)
    day_drawn: Mapped[int]


class LotteryDraw(Created, Base):
    """The proof row of one draw. A trigger keeps it as it is.

    `number` counts the lottery's draws from 1. `random` is the draw's random number in
    hexadecimal digits, `prize` the place in the table of `version`, `left_counts` what is left
    after it.
    """

    __tablename__ = "lottery_draws"
    __table_args__ = (
        ForeignKeyConstraint(
            ["lottery_id", "version"],
            ["lottery_versions.lottery_id", "lottery_versions.version"],
            name="fk_lottery_draws_version",
        ),
        ForeignKeyConstraint(
            ["lottery_id", "user_id"],
            ["lottery_shoppers.lottery_id", "lottery_shoppers.user_id"],
            name="fk_lottery_draws_shopper",
        ),
        CheckConstraint("number > 0 AND cost_fen >= 0", name="number"),
        Index("ix_lottery_draws_shopper", "lottery_id", "user_id", "number"),
        Index("ix_lottery_draws_created_at", "created_at", **BY_TIME),
    )
    lottery_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(Integer)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    nonce: Mapped[str] = mapped_column(Text)
    random: Mapped[str] = mapped_column(Text)
    prize: Mapped[int] = mapped_column(SmallInteger)
    guaranteed: Mapped[bool]
    left_counts: Mapped[list[int]] = mapped_column(JSONB)
    cost_fen: Mapped[int]


class LotteryWin(Created, Base):
    """That a draw won a prize, and how giving it went: a grant, or why it was refused so far."""

    __tablename__ = "lottery_wins"
    __table_args__ = (
        ForeignKeyConstraint(
            ["lottery_id", "number"],
            ["lottery_draws.lottery_id", "lottery_draws.number"],
            name="fk_lottery_wins_draw",
        ),
        CheckConstraint("(grant_id IS NULL) <> (refusal IS NULL)", name="outcome"),
        Index("ix_lottery_wins_user_id", "user_id"),
        Index("ix_lottery_wins_grant_id", "grant_id"),
        Index("ix_lottery_wins_created_at", "created_at", **BY_TIME),
        Index(
            "ix_lottery_wins_refused",
            *("lottery_id", "number"),
            postgresql_where=text("refusal IS NOT NULL"),
        ),
    )
    lottery_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    grant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("reward_grants.id"))
    refusal: Mapped[str | None] = mapped_column(Text)


class LotteryReturn(Created, Base):
    """That a prize was won and not claimed in time, and what became of it.

    `prize` is its place in the table, `cost_fen` what its draw counted for it. `state` is
    `pending`, `returned` by the version `version`, or why it stays for sale in the shop.
    """

    __tablename__ = "lottery_returns"
    __table_args__ = (
        ForeignKeyConstraint(
            ["lottery_id", "number"],
            ["lottery_draws.lottery_id", "lottery_draws.number"],
            name="fk_lottery_returns_draw",
        ),
        UniqueConstraint("lottery_id", "number"),
        CheckConstraint("(state = 'returned') = (version IS NOT NULL)", name="version"),
        CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name="decided_at"),
        Index("ix_lottery_returns_created_at", "created_at", **BY_TIME),
        Index("ix_lottery_returns_version", "lottery_id", "version"),
        Index(
            "ix_lottery_returns_pending",
            *("lottery_id", "number"),
            postgresql_where=text("state = 'pending'"),
        ),
    )
    claim_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("prize_claims.id"), primary_key=True, autoincrement=False
    )
    lottery_id: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[int] = mapped_column(BigInteger)
    prize: Mapped[int] = mapped_column(SmallInteger)
    cost_fen: Mapped[int]
    state: Mapped[str] = mapped_column(Text, server_default=text("'pending'"))
    version: Mapped[int | None] = mapped_column(Integer)
    decided_at: Mapped[datetime | None]


class LotteryChances(Base):
    """How often a shopper may draw: chances that were given, those that were bought with points,
    and unopened boxes of orders (`mall.lottery.boxes`)."""

    __tablename__ = "lottery_chances"
    __table_args__ = (
        CheckConstraint("given >= 0 AND bought >= 0 AND boxed >= 0", name="chances"),
        Index("ix_lottery_chances_user_id", "user_id"),
        Index(
            "ix_lottery_chances_bought",
            *("lottery_id", "user_id"),
            postgresql_where=text("bought > 0"),
        ),
    )
    lottery_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("lotteries.id"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    given: Mapped[int] = mapped_column(server_default=text("0"))
    bought: Mapped[int] = mapped_column(server_default=text("0"))
    boxed: Mapped[int] = mapped_column(server_default=text("0"))


class LotteryChanceEntry(Identified, Created):
    """One change of a shopper's chances, once a (kind, source). A trigger keeps it as it is.

    `points` is what was paid for chances that were bought.
    """

    __tablename__ = "lottery_chance_entries"
    __table_args__ = (
        UniqueConstraint("kind", "source"),
        ForeignKeyConstraint(
            ["lottery_id", "user_id"],
            ["lottery_chances.lottery_id", "lottery_chances.user_id"],
            name="fk_lottery_chance_entries_chances",
        ),
        CheckConstraint("given <> 0 OR bought <> 0 OR boxed <> 0", name="moves"),
        CheckConstraint("points >= 0", name="points"),
        Index("ix_lottery_chance_entries_shopper", "lottery_id", "user_id", "id"),
        Index("ix_lottery_chance_entries_created_at", "created_at", **BY_TIME),
    )
    lottery_id: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    given: Mapped[int] = mapped_column(server_default=text("0"))
    bought: Mapped[int] = mapped_column(server_default=text("0"))
    boxed: Mapped[int] = mapped_column(server_default=text("0"))
    points: Mapped[int] = mapped_column(server_default=text("0"))
