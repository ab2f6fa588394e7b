"""Tables of communities: hidden coupons and who claimed them; members; missions, what counts for
them, and what members got."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified


class HiddenCoupon(Identified, Created):
    """A reward for whoever enters `phrase`, once a shopper, while there are `places`.

    A draft until `published_at`, then its terms never change. `reward` is what its rule gave when
    it was published. `used` counts the claims, `revision` what staff saved.
    """

    __tablename__ = "hidden_coupons"
    __table_args__ = (
        UniqueConstraint("phrase"),
        CheckConstraint("ends_at > starts_at", name="times"),
        CheckConstraint("used >= 0 AND used <= places", name="places"),
        CheckConstraint(
            "published_at IS NOT NULL OR used = 0 AND revoked_at IS NULL AND NOT paused",
            name="published",
        ),
    )
    name: Mapped[str] = mapped_column(Text)
    phrase: Mapped[str] = mapped_column(Text)
    rule_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reward_rules.id"))
    reward: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    places: Mapped[int]
    used: Mapped[int] = mapped_column(server_default=text("0"))
    revoked_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(server_default=text("1"))
    published_at: Mapped[datetime | None]
    paused: Mapped[bool] = mapped_column(server_default=text("false"))


class HiddenCouponClaim(Created, Base):
    """That a shopper got a hidden coupon: once."""

    __tablename__ = "hidden_coupon_claims"
    __table_args__ = (
        Index("ix_hidden_coupon_claims_user_id", "user_id"),
        Index("ix_hidden_coupon_claims_grant_id", "grant_id"),
        Index("ix_hidden_coupon_claims_created_at", "created_at", **BY_TIME),
    )
    hidden_coupon_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("hidden_coupons.id"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    grant_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reward_grants.id"))


class Community(Identified, Created):
    """A group of shoppers outside of the mall; who enters its `code` is a member."""

    __tablename__ = "communities"
    __table_args__ = (UniqueConstraint("code"),)
    name: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    closed_at: Mapped[datetime | None]


class CommunityMember(Created, Base):
    """That a shopper joined: once."""

    __tablename__ = "community_members"
    __table_args__ = (Index("ix_community_members_user_id", "user_id"),)
    community_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("communities.id"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)


class CommunityMission(Identified, Created):
    """What members reach together: a draft until `published_at`, then its terms never change.

    `counts` names what counts (`kinds.py`), `total` is the sum of its facts. `reached_at` is when
    that came to `target`: from then on nothing counts, and all who took part get the `reward`.
    While it is paused it isn't reached. `revision` counts what staff saved.
    """

    __tablename__ = "community_missions"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="times"),
        CheckConstraint("target > 0 AND total >= 0", name="amounts"),
        CheckConstraint("reached_at IS NULL OR total >= target", name="reached"),
        CheckConstraint("reached_at IS NULL OR ended_at IS NULL", name="ended"),
        CheckConstraint(
            "published_at IS NOT NULL"
            " OR total = 0 AND reached_at IS NULL AND ended_at IS NULL AND NOT paused",
            name="published",
        ),
        Index("ix_community_missions_community_id_id", "community_id", "id"),
    )
    community_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("communities.id"))
    name: Mapped[str] = mapped_column(Text)
    rules: Mapped[str] = mapped_column(Text)
    counts: Mapped[str] = mapped_column(Text)
    target: Mapped[int]
    rule_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reward_rules.id"))
    reward: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    total: Mapped[int] = mapped_column(server_default=text("0"))
    reached_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(Text, server_default=text("''"))
    revision: Mapped[int] = mapped_column(server_default=text("1"))
    published_at: Mapped[datetime | None]
    paused: Mapped[bool] = mapped_column(server_default=text("false"))


class CommunityFact(Created, Base):
    """What something that a member did counts for a mission, as it stands: 0 when it is gone."""

    __tablename__ = "community_facts"
    __table_args__ = (
        CheckConstraint("worth >= 0", name="worth"),
        Index("ix_community_facts_user_id", "user_id"),
        Index("ix_community_facts_created_at", "created_at", **BY_TIME),
    )
    mission_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("community_missions.id"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    worth: Mapped[int]


class CommunityReward(Created, Base):
    """That a member took part in a mission that was reached, and how giving the reward went: a
    grant, or why it was refused so far; neither before it was tried."""

    __tablename__ = "community_rewards"
    __table_args__ = (
        CheckConstraint("grant_id IS NULL OR refusal IS NULL", name="outcome"),
        Index("ix_community_rewards_user_id", "user_id"),
        Index("ix_community_rewards_grant_id", "grant_id"),
        Index("ix_community_rewards_created_at", "created_at", **BY_TIME),
        Index(
            "ix_community_rewards_due",
            *("mission_id", "user_id"),
            postgresql_where=text("grant_id IS NULL"),
        ),
    )
    mission_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("community_missions.id"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    grant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("reward_grants.id"))
    refusal: Mapped[str | None] = mapped_column(Text)
