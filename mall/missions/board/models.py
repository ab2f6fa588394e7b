"""Tables of missions: what staff compose, a shopper's progress with its facts, codes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    or_,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified


class MissionBoard(Base):
    """One row: `revision` is another number after each change of any mission, so that a process
    knows when the missions in its memory are old. Who changes a mission locks it."""

    __tablename__ = "mission_board"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    revision: Mapped[int]


class Mission(Identified, Created):
    """A mission: what stays the same in all of its versions. `version` is the newest.

    A paused one (not `enabled`) counts nothing new and is shown to nobody; what was earned stays.
    """

    __tablename__ = "missions"
    __table_args__ = (
        CheckConstraint("period IN ('once', 'day', 'week', 'month', 'campaign')", name="period"),
        CheckConstraint("version > 0", name="version"),
    )
    trigger: Mapped[str] = mapped_column(Text)
    period: Mapped[str] = mapped_column(Text)
    hidden: Mapped[bool]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))


class MissionVersion(Created, Base):
    """A mission as staff saved it; a row never changes. In force from `created_at` on.

    `filters` are values by the trigger's filters. `rewards` is a list of `rule_id` and what the
    rule gave then: `name`, `reward`. `audience` is a list of `figure`, `at_least`, `at_most`.
    `requires_id` is the mission whose completion opens this one.
    """

    __tablename__ = "mission_versions"
    __table_args__ = (
        CheckConstraint("target > 0", name="target"),
        CheckConstraint("starts_at < ends_at", name="times"),
        CheckConstraint("requires_id <> mission_id", name="requires"),
    )
    mission_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("missions.id"), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    measure: Mapped[str] = mapped_column(Text)
    filters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    target: Mapped[int]
    rewards: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    at_once: Mapped[bool]
    audience: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    requires_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("missions.id"))
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    position: Mapped[int] = mapped_column(Integer)


def is_not_over() -> ColumnElement[bool]:
    """SQL: whether a version has no end, or one that is to come."""
    return or_(MissionVersion.ends_at.is_(None), MissionVersion.ends_at > func.now())


class MissionProgress(Identified, Created):
    """How far a shopper is with a mission in a period, by the version that it began with.

    `counted` is what its facts are worth together, by `counting` (`triggers.COUNTINGS`); `firm` is
    that of the facts that can't go any more. `completed_at` is when the fact happened by which
    `target` was reached, while it is; `completions` counts how often it was, or how often the
    missions before it were once more. `rewarded_at` is when the reward was given or, while
    `pending`, promised; `refusal` is why it wasn't. `last_day` is the last shop day that something
    was counted for.
    """

    __tablename__ = "mission_progress"
    __table_args__ = (
        UniqueConstraint(
            "user_id", "mission_id", "period", name="uq_mission_progress_user_mission_period"
        ),
        ForeignKeyConstraint(
            ["mission_id", "version"],
            ["mission_versions.mission_id", "mission_versions.version"],
            name="fk_mission_progress_version",
        ),
        CheckConstraint("counting IN ('sum', 'days', 'streak')", name="counting"),
        CheckConstraint("counted >= 0 AND firm >= 0 AND firm <= counted", name="counted"),
        CheckConstraint("(completed_at IS NOT NULL) = (counted >= target)", name="completed"),
        CheckConstraint("rewarded_at IS NOT NULL OR NOT pending", name="pending"),
        CheckConstraint("completions >= 0", name="completions"),
        Index("ix_mission_progress_mission_id_id", "mission_id", "id"),
        Index(
            "ix_mission_progress_unrewarded",
            "user_id",
            postgresql_where=text("completed_at IS NOT NULL AND rewarded_at IS NULL"),
        ),
        Index(
            "ix_mission_progress_refused",
            "completed_at",
            postgresql_where=text("refusal IS NOT NULL"),
        ),
        Index("ix_mission_progress_created_at", "created_at", **BY_TIME),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    mission_id: Mapped[int] = mapped_column(BigInteger)
    period: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    target: Mapped[int]
    counting: Mapped[str] = mapped_column(Text)
    counted: Mapped[int]
    firm: Mapped[int]
    last_day: Mapped[date] = mapped_column(Date)
    completed_at: Mapped[datetime | None]
    completions: Mapped[int] = mapped_column(server_default=text("0"))
    rewarded_at: Mapped[datetime | None]
    pending: Mapped[bool] = mapped_column(server_default=text("false"))
    refusal: Mapped[str | None] = mapped_column(Text)


class MissionFact(Base):
    """What a fact is worth to a shopper's progress, once. Nothing, when it stands no more."""

    __tablename__ = "mission_facts"
    __table_args__ = (CheckConstraint("worth >= 0", name="worth"),)
    progress_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("mission_progress.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    worth: Mapped[int]
    firm: Mapped[bool]
    day: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime]


class MissionCode(Identified, Created):
    """A code that opens a hidden mission to at most `places` shoppers, until `expires_at`."""

    __tablename__ = "mission_codes"
    __table_args__ = (
        UniqueConstraint("code", name="uq_mission_codes_code"),
        CheckConstraint("used >= 0 AND used <= places", name="places"),
        Index("ix_mission_codes_mission_id_id", "mission_id", "id"),
        Index("ix_mission_codes_created_at", "created_at", **BY_TIME),
    )
    mission_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("missions.id"))
    code: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    places: Mapped[int]
    used: Mapped[int] = mapped_column(server_default=text("0"))
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class MissionUnlock(Identified, Created):
    """That a shopper opened a hidden mission by a code: once. `user_id` goes with the account."""

    __tablename__ = "mission_unlocks"
    __table_args__ = (
        UniqueConstraint("user_id", "mission_id", name="uq_mission_unlocks_user_mission"),
        Index("ix_mission_unlocks_code_id", "code_id"),
        Index("ix_mission_unlocks_created_at", "created_at", **BY_TIME),
    )
    mission_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("missions.id"))
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    code_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("mission_codes.id"))
