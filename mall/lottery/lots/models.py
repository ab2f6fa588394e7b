"""Tables of campaigns in which reviews draw lots: terms, entries, who won."""

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
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified

SEALED_FOR = "lottery.lots.secret"
"""The purpose of the seal of a campaign's secret."""


class LotCampaign(Identified, Created):
    """A campaign: a draft until `published_at`, then terms that stand.

    `terms` are what staff set, `canonical` the same as published, with rewards and `commitment`;
    `digest` is its SHA-256. `entered` counts the entries. Once drawn, `eligible` are the numbers of
    the entries that took part, in their order, `entries_digest` is the hash of these, and
    `secret` (hexadecimal) is public. `costs_fen` is what one of each prize costs the shop.
    """

    __tablename__ = "lot_campaigns"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at AND draws_at >= ends_at", name="times"),
        CheckConstraint("drawn_at IS NULL OR canceled_at IS NULL", name="over"),
        CheckConstraint(
            "num_nonnulls(canonical, digest, commitment, secret_sealed)"
            " = CASE WHEN published_at IS NULL THEN 0 ELSE 4 END",
            name="published",
        ),
        CheckConstraint(
            "num_nonnulls(secret, eligible, entries_digest)"
            " = CASE WHEN drawn_at IS NULL THEN 0 ELSE 3 END",
            name="drawn",
        ),
        Index(
            "ix_lot_campaigns_due",
            "draws_at",
            postgresql_where=text(
                "published_at IS NOT NULL AND drawn_at IS NULL AND canceled_at IS NULL"
            ),
        ),
    )
    name: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    draws_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    canonical: Mapped[str | None] = mapped_column(Text)
    digest: Mapped[str | None] = mapped_column(Text)
    commitment: Mapped[str | None] = mapped_column(Text)
    secret_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info={"sealed": SEALED_FOR})
    paused: Mapped[bool] = mapped_column(server_default=text("false"))
    costs_fen: Mapped[list[int]] = mapped_column(JSONB, server_default=text("'[]'"))
    entered: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    drawn_at: Mapped[datetime | None]
    secret: Mapped[str | None] = mapped_column(Text)
    eligible: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    entries_digest: Mapped[str | None] = mapped_column(Text)
    canceled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(Text, server_default=text("''"))


class LotEntry(Created, Base):
    """A review that takes part: `number` counts the campaign's entries from 1. One a shopper.

    `alias` stands for the shopper in public, `nonce` is the shopper's part of the randomness. A
    trigger keeps it as it is.
    """

    __tablename__ = "lot_entries"
    __table_args__ = (
        UniqueConstraint("campaign_id", "user_id"),
        UniqueConstraint("campaign_id", "review_id"),
        UniqueConstraint("campaign_id", "alias"),
        CheckConstraint("number > 0", name="number"),
        Index("ix_lot_entries_user_id", "user_id"),
        Index("ix_lot_entries_review_id", "review_id"),
        Index("ix_lot_entries_created_at", "created_at", **BY_TIME),
    )
    campaign_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("lot_campaigns.id"), primary_key=True
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    review_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reviews.id"))
    alias: Mapped[str] = mapped_column(Text)
    nonce: Mapped[str] = mapped_column(Text)


class LotWin(Created, Base):
    """That an entry won: `place` counts the campaign's prizes one by one from 1, `prize` is the
    place in the terms from 0. Given by a grant, refused so far, or neither yet."""

    __tablename__ = "lot_wins"
    __table_args__ = (
        UniqueConstraint("campaign_id", "number"),
        ForeignKeyConstraint(
            ["campaign_id", "number"],
            ["lot_entries.campaign_id", "lot_entries.number"],
            name="fk_lot_wins_entry",
        ),
        CheckConstraint("grant_id IS NULL OR refusal IS NULL", name="outcome"),
        Index("ix_lot_wins_created_at", "created_at", **BY_TIME),
        Index("ix_lot_wins_grant_id", "grant_id"),
        Index(
            "ix_lot_wins_due",
            *("campaign_id", "place"),
            postgresql_where=text("grant_id IS NULL"),
        ),
    )
    campaign_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Integer)
    prize: Mapped[int] = mapped_column(SmallInteger)
    grant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("reward_grants.id"))
    refusal: Mapped[str | None] = mapped_column(Text)
