"""Tables of pets: seasons with their rules, portions of feed, pets with their ledger, stages."""

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
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified
from mall.kernel.uploaded import UploadAddresses

_NONE, _ONE, _NOW = text("0"), text("1"), text("clock_timestamp()")


class PetSeason(Identified, Created):
    """A season: a draft (`draft`, version 0), then its published version.

    `revision` counts what staff saved. `pictures` are those of the stages, in their order.
    `adopted` counts the pets, within `places`.
    """

    __tablename__ = "pet_seasons"
    __table_args__ = (
        CheckConstraint("(version = 0) = (draft IS NOT NULL)", name="draft"),
        CheckConstraint(
            "num_nonnulls(published_at, starts_at, ends_at)"
            " = CASE WHEN version = 0 THEN 0 ELSE 3 END",
            name="published",
        ),
        CheckConstraint("adopted >= 0 AND adopted <= places", name="places"),
    )
    name: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(server_default=_ONE)
    draft: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    pictures: Mapped[list[str]] = mapped_column(UploadAddresses, server_default=text("'{}'"))
    version: Mapped[int] = mapped_column(server_default=_NONE)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    paused: Mapped[bool] = mapped_column(server_default=text("false"))
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(Text, server_default=text("''"))
    places: Mapped[int | None]
    adopted: Mapped[int] = mapped_column(server_default=_NONE)


class PetSeasonVersion(Created, Base):
    """Published rules, and what the reward of each stage costs the shop. A trigger keeps them."""

    __tablename__ = "pet_season_versions"
    season_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("pet_seasons.id"), primary_key=True
    )
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    rules: Mapped[dict[str, Any]] = mapped_column(JSONB)
    costs_fen: Mapped[list[int]] = mapped_column(JSONB)


class PetSeasonPause(Identified):
    """A pause of a season; nothing decays on the shop days that it touches."""

    __tablename__ = "pet_season_pauses"
    __table_args__ = (
        Index(
            "uq_pet_season_pauses_open",
            "season_id",
            unique=True,
            postgresql_where=text("last_day IS NULL"),
        ),
        Index("ix_pet_season_pauses_season_id", "season_id"),
        CheckConstraint("last_day >= first_day", name="days"),
    )
    season_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("pet_seasons.id"))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date | None] = mapped_column(Date)


class PetFeed(Base):
    """How many portions a shopper has left in a season: what is left of their lots."""

    __tablename__ = "pet_feeds"
    __table_args__ = (
        CheckConstraint("left_portions >= 0", name="left_portions"),
        Index("ix_pet_feeds_user_id", "user_id"),
        Index("ix_pet_feeds_moved_at", "moved_at", **BY_TIME),
    )
    season_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("pet_seasons.id"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    left_portions: Mapped[int] = mapped_column(server_default=_NONE)
    moved_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class PetLot(Identified, Created):
    """Portions that came together, as one reward.

    `used` were fed, `taken` were taken back before that. `reversed` of the used ones were due
    back: they are taken out of the pet's history.
    """

    __tablename__ = "pet_lots"
    __table_args__ = (
        ForeignKeyConstraint(
            ["season_id", "user_id"],
            ["pet_feeds.season_id", "pet_feeds.user_id"],
            name="fk_pet_lots_feed",
        ),
        CheckConstraint(
            "portions > 0 AND used >= 0 AND taken >= 0 AND used + taken <= portions",
            name="portions",
        ),
        CheckConstraint("reversed >= 0 AND reversed <= used", name="reversed"),
        Index("ix_pet_lots_shopper", "season_id", "user_id", "id"),
        Index("ix_pet_lots_created_at", "created_at", **BY_TIME),
    )
    season_id: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    portions: Mapped[int]
    used: Mapped[int] = mapped_column(server_default=_NONE)
    taken: Mapped[int] = mapped_column(server_default=_NONE)
    reversed: Mapped[int] = mapped_column(server_default=_NONE)


class Pet(Identified, Created):
    """A shopper's pet in a season: one. `adopted_on` is a shop day.

    `growth`, `stage` and `reached` are the last answer of `growing.state`: by the rules of
    `version`, for the day `as_of`.
    """

    __tablename__ = "pets"
    __table_args__ = (
        UniqueConstraint("season_id", "user_id", name="uq_pets_season_user"),
        CheckConstraint("growth >= 0 AND stage >= 0 AND reached >= stage", name="growth"),
        Index("ix_pets_user_id", "user_id"),
        Index("ix_pets_season_version", "season_id", "version"),
        Index("ix_pets_changed_at", "changed_at", **BY_TIME),
    )
    season_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("pet_seasons.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(Text)
    adopted_on: Mapped[date] = mapped_column(Date)
    version: Mapped[int] = mapped_column(Integer)
    as_of: Mapped[date] = mapped_column(Date)
    growth: Mapped[int] = mapped_column(server_default=_NONE)
    stage: Mapped[int] = mapped_column(SmallInteger, server_default=_NONE)
    reached: Mapped[int] = mapped_column(SmallInteger, server_default=_NONE)
    changed_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class PetEntry(Identified, Created):
    """One line of a pet's ledger, once a (kind, source). A trigger keeps it as it is.

    `user_id` is who fed or watered: the owner or a friend. `lot_id` is where the portions came
    from, or whose portions are taken out of history.
    """

    __tablename__ = "pet_entries"
    __table_args__ = (
        UniqueConstraint("kind", "source"),
        CheckConstraint("kind IN ('feed', 'water', 'friend', 'reversal')", name="kind"),
        CheckConstraint("(kind IN ('feed', 'reversal')) = (lot_id IS NOT NULL)", name="lot"),
        CheckConstraint("portions > 0", name="portions"),
        Index("ix_pet_entries_pet_id", "pet_id", "id"),
        Index("ix_pet_entries_user_id", "user_id"),
        Index("ix_pet_entries_lot_id", "lot_id", postgresql_where=text("lot_id IS NOT NULL")),
        Index("ix_pet_entries_created_at", "created_at", **BY_TIME),
    )
    pet_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("pets.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    day: Mapped[date] = mapped_column(Date)
    portions: Mapped[int] = mapped_column(server_default=_ONE)
    lot_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("pet_lots.id"))


class PetStage(Created, Base):
    """That a pet reached a stage with a reward, and how giving it went: the newest grant, or why
    it was refused. `attempts` counts the grants."""

    __tablename__ = "pet_stages"
    __table_args__ = (
        CheckConstraint("attempts >= 0", name="attempts"),
        Index("ix_pet_stages_grant_id", "grant_id"),
        Index("ix_pet_stages_created_at", "created_at", **BY_TIME),
        Index(
            "ix_pet_stages_refused",
            *("pet_id", "stage"),
            postgresql_where=text("refusal IS NOT NULL"),
        ),
    )
    pet_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("pets.id"), primary_key=True)
    stage: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    grant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("reward_grants.id"))
    refusal: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(server_default=_NONE)
