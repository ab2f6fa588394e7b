"""Tables of leaderboards: facts, the scores that they add up to, frozen ranks, prizes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified

OPEN, CLOSING, CLOSED = "open", "closing", "closed"
"""Facts are taken; no fact is taken any more and the ranks are being frozen; they are frozen."""
RANKED = "score > 0 AND excluded_for IS NULL"
"""Who has a rank, as SQL over `board_scores`."""


class Board(Identified, Created):
    """A leaderboard: the scores of one kind in one period.

    `kind` and `ref` are the feature's name for it: one board for both. It counts facts from
    `starts_at` until before `ends_at`, and takes late ones until `closes_at`. `digest` is the
    SHA-256 of the frozen ranks, `size` how many there are. `awarded_at` is when each prize was
    given or refused.
    """

    __tablename__ = "boards"
    __table_args__ = (
        UniqueConstraint("kind", "ref"),
        CheckConstraint("status IN ('open', 'closing', 'closed')", name="status"),
        CheckConstraint("starts_at < ends_at AND ends_at <= closes_at", name="times"),
        CheckConstraint(
            "(status = 'closed') = (closed_at IS NOT NULL) AND (status = 'closed') ="
            " (digest IS NOT NULL) AND (status = 'closed') = (size IS NOT NULL)",
            name="frozen",
        ),
        CheckConstraint("awarded_at IS NULL OR status = 'closed'", name="awarded"),
        Index(
            "ix_boards_closes_at",
            "closes_at",
            postgresql_where=text("status <> 'closed' OR awarded_at IS NULL"),
        ),
    )
    kind: Mapped[str] = mapped_column(Text)
    ref: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(Text, server_default=text("'open'"))
    closed_at: Mapped[datetime | None]
    digest: Mapped[str | None] = mapped_column(Text)
    size: Mapped[int | None]
    awarded_at: Mapped[datetime | None]


class BoardScore(Base):
    """What a member has: the sum of the amounts of the member's facts.

    A member is a shopper's id, or of whatever the kind ranks. `reached_at` is the moment of the
    latest fact that counts: of two with one score the earlier is ahead. `version` counts the
    changes, so that the view takes the newest whatever comes last. `excluded_for` is why staff
    took the member off the ranks.
    """

    __tablename__ = "board_scores"
    __table_args__ = (
        CheckConstraint("abs(score) < 9007199254740992", name="score"),
        Index(
            "ix_board_scores_ranked",
            *("board_id", text("(- score)"), "reached_at", "member_id"),
            postgresql_where=text(RANKED),
        ),
        Index("ix_board_scores_changed_at", "board_id", "changed_at"),
    )
    board_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("boards.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    score: Mapped[int] = mapped_column(server_default=text("0"))
    reached_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    excluded_for: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class BoardFact(Base):
    """One thing that counts, once a board: `key` ("invite:17") names it. An amount of 0 is a fact
    that doesn't count any more."""

    __tablename__ = "board_facts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["board_id", "member_id"],
            ["board_scores.board_id", "board_scores.member_id"],
            name="fk_board_facts_score",
        ),
        Index("ix_board_facts_member", "board_id", "member_id", "at"),
    )
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    board_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("boards.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int]
    at: Mapped[datetime]


class BoardResult(Base):
    """One frozen rank; a row never changes (a trigger)."""

    __tablename__ = "board_results"
    __table_args__ = (
        UniqueConstraint("board_id", "member_id"),
        CheckConstraint("rank > 0 AND score > 0", name="rank"),
    )
    board_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("boards.id"), primary_key=True)
    rank: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(BigInteger)
    score: Mapped[int]
    reached_at: Mapped[datetime]


class BoardPrize(Base):
    """What the ranks from `first_rank` to `last_rank` get: the reward as it was promised."""

    __tablename__ = "board_prizes"
    __table_args__ = (CheckConstraint("0 < first_rank AND first_rank <= last_rank", name="ranks"),)
    board_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("boards.id"), primary_key=True)
    first_rank: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last_rank: Mapped[int] = mapped_column(Integer)
    rule_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reward_rules.id"))
    reward: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class BoardAward(Created, Base):
    """The prize of a rank, for one shopper: the grant, or the code with which it was refused."""

    __tablename__ = "board_awards"
    __table_args__ = (
        ForeignKeyConstraint(
            ["board_id", "rank"],
            ["board_results.board_id", "board_results.rank"],
            name="fk_board_awards_result",
        ),
        CheckConstraint("(grant_id IS NULL) <> (refusal IS NULL)", name="outcome"),
        Index("ix_board_awards_user_id", "user_id"),
        Index("ix_board_awards_grant_id", "grant_id"),
        Index("ix_board_awards_created_at", "created_at", **BY_TIME),
        Index(
            "ix_board_awards_refused",
            *("board_id", "rank"),
            postgresql_where=text("refusal IS NOT NULL"),
        ),
    )
    board_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    rank: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    grant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("reward_grants.id"))
    refusal: Mapped[str | None] = mapped_column(Text)
