"""Tables of team races: what staff compose and publish, teams, who is in them, what they scored."""

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
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Created, Identified

CREATED, JOINED, MATCHED = "created", "joined", "matched"
"""How a shopper came into a team: made it, had its code, was matched with it."""


class Race(Identified, Created):
    """A race: a draft until it is published; then a trigger keeps its terms as they are.

    `terms` are those of `terms.Terms`; the columns beside them are empty until it is published.
    `revision` counts what staff saved. Between `starts_at` and `ends_at` (or `ended_at`, when
    staff ended it early) what members do is counted on the board.
    """

    __tablename__ = "races"
    __table_args__ = (
        UniqueConstraint("board_id"),
        CheckConstraint(
            "num_nonnulls(published_at, board_id, starts_at, ends_at, joins_until, team_size)"
            " IN (0, 6)",
            name="published",
        ),
        CheckConstraint("ended_at IS NULL OR published_at IS NOT NULL", name="ended"),
        CheckConstraint("team_size > 1", name="team_size"),
    )
    name: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(server_default=text("1"))
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    published_at: Mapped[datetime | None]
    board_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("boards.id"))
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    joins_until: Mapped[datetime | None]
    team_size: Mapped[int | None] = mapped_column(SmallInteger)
    paused: Mapped[bool] = mapped_column(server_default=text("false"))
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(Text, server_default=text("''"))


class RaceTeam(Identified, Created):
    """A team: `members` of at most `size` are in it. When the last one leaves it is dissolved.

    `code` is the invitation; strangers are matched with a team that is `matchable`.
    """

    __tablename__ = "race_teams"
    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("race_id", "name", name="uq_race_teams_race_id_name"),
        CheckConstraint("members >= 0 AND members <= size", name="members"),
        CheckConstraint("(members = 0) = (dissolved_at IS NOT NULL)", name="dissolved"),
        Index(
            "ix_race_teams_open",
            *("race_id", text("members DESC"), "id"),
            postgresql_where=text("matchable AND dissolved_at IS NULL AND members < size"),
        ),
        Index("ix_race_teams_race_id_id", "race_id", "id"),
        Index("ix_race_teams_created_at", "created_at", **BY_TIME),
    )
    race_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("races.id"))
    name: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(Integer)
    members: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    captain_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    matchable: Mapped[bool]
    dissolved_at: Mapped[datetime | None]


class RaceMember(Identified):
    """That a shopper is or was in a team, from `joined_at` until before `left_at`."""

    __tablename__ = "race_members"
    __table_args__ = (
        CheckConstraint("way IN ('created', 'joined', 'matched')", name="way"),
        CheckConstraint("joined_at <= left_at", name="times"),
        Index(
            "uq_race_members_current",
            *("race_id", "user_id"),
            unique=True,
            postgresql_where=text("left_at IS NULL"),
        ),
        Index("ix_race_members_race_id", "race_id", "user_id"),
        Index("ix_race_members_team_id", "team_id"),
        Index("ix_race_members_user_id", "user_id"),
        Index("ix_race_members_joined_at", "joined_at", **BY_TIME),
    )
    race_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("races.id"))
    team_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("race_teams.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    way: Mapped[str] = mapped_column(Text)
    joined_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    left_at: Mapped[datetime | None]


class RaceEntry(Identified, Created):
    """What something that a member did scores for the team, once a source; 0 when it counts no
    more.

    `at` is when it happened. `late_points` is what it would score now, where that came to differ
    after the ranks were frozen: nothing changes then, but staff see it.
    """

    __tablename__ = "race_entries"
    __table_args__ = (
        UniqueConstraint("source", "race_id", name="uq_race_entries_source_race_id"),
        ForeignKeyConstraint(["team_id"], ["race_teams.id"], name="fk_race_entries_team_id"),
        CheckConstraint("kind IN ('check_in', 'mission', 'purchase')", name="kind"),
        CheckConstraint("points >= 0", name="points"),
        Index("ix_race_entries_team_id_user_id", "team_id", "user_id"),
        Index("ix_race_entries_user_id", "user_id"),
        Index("ix_race_entries_created_at", "created_at", **BY_TIME),
        Index(
            "ix_race_entries_late",
            *("race_id", "id"),
            postgresql_where=text("late_points IS NOT NULL"),
        ),
    )
    race_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("races.id"))
    team_id: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    points: Mapped[int]
    late_points: Mapped[int | None]
    at: Mapped[datetime]
