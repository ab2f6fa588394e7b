"""Tables of activities. Prices are fen a unit, sizes are members of a team."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Base, Created, Identified

DIFFERENCE, CHOSEN = "difference", "chosen"
"""How a team is settled: all pay the first tier and get the difference back; or the leader
chooses a tier, whose price all pay, and the team is formed when it is full."""
MODES = (DIFFERENCE, CHOSEN)
DRAFT, STARTED, ENDED = "draft", "started", "ended"
STATUSES = (DRAFT, STARTED, ENDED)
ANYBODY, CUSTOMERS, NEW = "anybody", "customers", "new"
"""Whom an activity is for. `customers` have bought before, `new` shoppers haven't."""
HAND_OVER, FAIL = "hand_over", "fail"
"""What becomes of a team that isn't formed when its leader leaves."""
_ZERO, _FALSE, _NONE = text("0"), text("false"), text("'{}'")


class GroupActivity(Identified, Created):
    """A group-buy of one product, by staff.

    `started`: the terms stand and never change, and the stock is set aside; shoppers may open
    teams from `starts_at` to `ends_at`. `ended`: no new teams; those that are open run on. What
    of the stock was left was given back at `stock_returned_at`, once no team was open.
    `team_open_min` and `pay_min` are minutes: how long a team stays open from its leader's
    payment, and the time to pay a seat. `virtual_seats` is how many seats of a team the shop may
    fill at its end. `earns`: what is paid earns points and counts for rewards. `stacks` are the
    participants of orders (`coupons`, `promotions`, `points`) that join. `leader_rule_id` is
    what a leader gets for each new customer. `picks_set`: which tier set a leader is offered
    first goes by the leader's circle. `version` grows with each change of terms.
    """

    __tablename__ = "groupbuy_activities"
    __table_args__ = (
        CheckConstraint("mode IN ('difference', 'chosen')", name="mode"),
        CheckConstraint("status IN ('draft', 'started', 'ended')", name="status"),
        CheckConstraint("ends_at > starts_at", name="window"),
        CheckConstraint("open_audience IN ('anybody', 'customers')", name="open_audience"),
        CheckConstraint("join_audience IN ('anybody', 'new')", name="join_audience"),
        CheckConstraint("leader_leaves IN ('hand_over', 'fail')", name="leader_leaves"),
        CheckConstraint(
            "team_open_min > 0 AND pay_min > 0 AND order_units > 0 AND virtual_seats >= 0"
            " AND shopper_units >= order_units AND open_teams > 0",
            name="bounds",
        ),
        CheckConstraint("(status = 'draft') = (started_at IS NULL)", name="started"),
        CheckConstraint("(status = 'ended') = (ended_at IS NOT NULL)", name="ended"),
        Index("ix_groupbuy_activities_spu_id", "spu_id", "starts_at"),
        Index(
            "ix_groupbuy_activities_ending",
            "ends_at",
            postgresql_where=text("status = 'started'"),
        ),
        Index(
            "ix_groupbuy_activities_stock",
            "id",
            postgresql_where=text("status = 'ended' AND stock_returned_at IS NULL"),
        ),
    )
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, server_default=text("''"))
    spu_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("spus.id"))
    mode: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default=text("'draft'"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    team_open_min: Mapped[int] = mapped_column(Integer)
    pay_min: Mapped[int] = mapped_column(Integer)
    open_audience: Mapped[str] = mapped_column(Text, server_default=text("'anybody'"))
    join_audience: Mapped[str] = mapped_column(Text, server_default=text("'anybody'"))
    order_units: Mapped[int] = mapped_column(Integer)
    shopper_units: Mapped[int] = mapped_column(Integer)
    open_teams: Mapped[int] = mapped_column(Integer)
    virtual_seats: Mapped[int] = mapped_column(SmallInteger, server_default=_ZERO)
    leader_free_freight: Mapped[bool] = mapped_column(server_default=_FALSE)
    leader_leaves: Mapped[str] = mapped_column(Text, server_default=text("'hand_over'"))
    earns: Mapped[bool] = mapped_column(server_default=_FALSE)
    stacks: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=_NONE)
    leader_rule_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("reward_rules.id"))
    picks_set: Mapped[bool] = mapped_column(server_default=_FALSE)
    version: Mapped[int] = mapped_column(server_default=text("1"))
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(Text)
    stock_returned_at: Mapped[datetime | None]


class GroupActivitySku(Base):
    """A SKU of an activity's product.

    `stock` are the units set aside for it in all, `sold` those that orders hold or bought; the
    rest is reserved of the SKU's stock. `stock_steps` counts the changes of `stock`, each with
    its own reference. `leader_price_fen` is what a leader pays, if that differs.
    """

    __tablename__ = "groupbuy_skus"
    __table_args__ = (
        CheckConstraint("sold >= 0 AND stock >= sold", name="stock"),
        CheckConstraint("leader_price_fen > 0", name="leader_price"),
        Index("ix_groupbuy_skus_sku_id", "sku_id"),
    )
    activity_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("groupbuy_activities.id"), primary_key=True
    )
    sku_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("skus.id"), primary_key=True)
    wanted_stock: Mapped[int]
    """What is to be set aside when the activity starts."""
    stock: Mapped[int] = mapped_column(server_default=_ZERO)
    sold: Mapped[int] = mapped_column(server_default=_ZERO)
    stock_steps: Mapped[int] = mapped_column(server_default=_ZERO)
    leader_price_fen: Mapped[int | None]


class GroupTierSet(Identified):
    """Tiers that a team may have; an activity has one set or more, the default one first.

    `sizes` grow from tier to tier; `prices` are, for each SKU id (as text), fen a unit by tier,
    and fall. Fixed once the activity started.
    """

    __tablename__ = "groupbuy_tier_sets"
    __table_args__ = (
        UniqueConstraint("activity_id", "position"),
        CheckConstraint("cardinality(sizes) > 0 AND sizes[1] >= 2", name="sizes"),
    )
    activity_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("groupbuy_activities.id"))
    position: Mapped[int] = mapped_column(SmallInteger)
    name: Mapped[str] = mapped_column(Text)
    sizes: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    prices: Mapped[dict[str, list[int]]] = mapped_column(JSONB)


class GroupShopper(Base):
    """What a shopper holds or bought in an activity, in units."""

    __tablename__ = "groupbuy_shoppers"
    __table_args__ = (
        CheckConstraint("units >= 0", name="units"),
        Index("ix_groupbuy_shoppers_user_id", "user_id"),
    )
    activity_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("groupbuy_activities.id"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    units: Mapped[int]
