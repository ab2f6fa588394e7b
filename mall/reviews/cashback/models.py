"""Tables of cash for likes: campaigns, what writers show in them, likes, writers' devices."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified

COLLECTING, REACHED, GIVEN = "collecting", "reached", "given"
LAPSED, GONE, REFUSED = "lapsed", "gone", "refused"
STATUSES = (COLLECTING, REACHED, GIVEN, LAPSED, GONE, REFUSED)
OPEN = (COLLECTING, REACHED)
_NOW = sql("clock_timestamp()")
_ZERO = sql("0")


class CashbackCampaign(Created, Identified, Base):
    """Terms under which writers may show a review for cash. Off until staff switch it on.

    The writer of a review with `min_pictures` gets `amount_fen` for `likes_needed` likes within
    `days` of the start of the show, and before `ends_at`. The amount is what the reward rule gave
    when the version was saved; the rule has the budget. A show keeps the terms it began with.
    """

    __tablename__ = "cashback_campaigns"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="window"),
        CheckConstraint("likes_needed > 0 AND days > 0 AND amount_fen > 0", name="terms"),
        CheckConstraint("min_pictures BETWEEN 1 AND 9", name="min_pictures"),
        Index("ix_cashback_campaigns_rule_id", "rule_id"),
    )
    name: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    rule_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reward_rules.id"))
    amount_fen: Mapped[int]
    likes_needed: Mapped[int] = mapped_column(SmallInteger)
    days: Mapped[int] = mapped_column(SmallInteger)
    min_pictures: Mapped[int] = mapped_column(SmallInteger)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    enabled: Mapped[bool] = mapped_column(server_default=sql("false"))
    version: Mapped[int] = mapped_column(server_default=sql("1"))


class CashbackShow(Created, Identified, Base):
    """That a writer shows a review for cash: once a review, once a campaign and writer.

    Its cash has a place in the budget from the start (`grant_id`, pending). `reached` waits until
    `hold_until`, for the order to be settled and for staff; `decided_at` is when they let it go or
    refused it. `score` says how much speaks against its likes (0 to 100), with `reasons`. `gone`:
    the review, its order or its writer is. `reason` is what the writer reads of a refusal.
    """

    __tablename__ = "cashback_shows"
    __table_args__ = (
        UniqueConstraint("review_id"),
        UniqueConstraint("campaign_id", "user_id", name="uq_cashback_shows_campaign_user"),
        UniqueConstraint("grant_id"),
        Index("ix_cashback_shows_changed_at", "changed_at", **BY_TIME),
        CheckConstraint(
            "status IN ('collecting', 'reached', 'given', 'lapsed', 'gone', 'refused')",
            name="status",
        ),
        CheckConstraint("likes BETWEEN 0 AND needed", name="likes"),
        CheckConstraint(
            "(likes = needed) = (reached_at IS NOT NULL)"
            " AND num_nonnulls(reached_at, hold_until) IN (0, 2)"
            " AND (status NOT IN ('reached', 'given') OR reached_at IS NOT NULL)"
            " AND (status NOT IN ('collecting', 'lapsed') OR reached_at IS NULL)",
            name="reached",
        ),
        CheckConstraint("status <> 'given' OR given_at IS NOT NULL", name="given"),
        CheckConstraint("num_nonnulls(decided_at, decided_by) IN (0, 2)", name="decided"),
        CheckConstraint(
            "status <> 'refused' OR (decided_at IS NOT NULL AND reason <> '')", name="refused"
        ),
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
        Index("ix_cashback_shows_user_id_id", "user_id", "id"),
        Index("ix_cashback_shows_campaign_id_id", "campaign_id", "id"),
        Index("ix_cashback_shows_decided_by", "decided_by"),
        Index(
            "ix_cashback_shows_ends_at",
            "ends_at",
            postgresql_where=sql("status = 'collecting'"),
        ),
        Index(
            "ix_cashback_shows_hold_until",
            "hold_until",
            postgresql_where=sql("status = 'reached'"),
        ),
    )
    campaign_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("cashback_campaigns.id"))
    version: Mapped[int]
    review_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reviews.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    grant_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reward_grants.id"))
    amount_fen: Mapped[int]
    needed: Mapped[int] = mapped_column(SmallInteger)
    likes: Mapped[int] = mapped_column(SmallInteger, server_default=_ZERO)
    ends_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(Text, server_default=sql("'collecting'"))
    changed_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    reached_at: Mapped[datetime | None]
    hold_until: Mapped[datetime | None]
    given_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff_members.id"))
    reason: Mapped[str] = mapped_column(Text, server_default=sql("''"))
    score: Mapped[int] = mapped_column(SmallInteger, server_default=_ZERO)
    reasons: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=sql("'{}'"))
    scored_at: Mapped[datetime | None]


class CashbackLike(Created, Identified, Base):
    """That a shopper who opened the shared show likes it: once a shopper, once a device.

    Of whoever closes the account it stays, nameless. `device` is a keyed hash, and is forgotten
    some weeks after the show is over.
    """

    __tablename__ = "cashback_likes"
    __table_args__ = (
        UniqueConstraint("show_id", "user_id", name="uq_cashback_likes_show_user"),
        UniqueConstraint("show_id", "device", name="uq_cashback_likes_show_device"),
        Index("ix_cashback_likes_user_id", "user_id"),
        Index("ix_cashback_likes_created_at", "created_at", **BY_TIME),
    )
    show_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("cashback_shows.id"))
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    device: Mapped[bytes | None] = mapped_column(LargeBinary)


class CashbackDevice(Base):
    """A device on which the writer was while the show ran, as a keyed hash."""

    __tablename__ = "cashback_devices"
    show_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("cashback_shows.id"), primary_key=True, autoincrement=False
    )
    device: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
