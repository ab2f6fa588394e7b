"""Tables of promotions. A promotion's terms stand once it has started; its counters move."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Base, Created, Identified
from mall.promotions.kinds import KINDS

BY_STAFF, BY_BUDGET = "staff", "budget"


class Promotion(Created, Identified):
    """One promotion. It runs between its times unless it is paused, by staff or by its budget.

    `rule` and `scope` are plain JSON, read by `kinds` and `terms`. `spent_fen`, `orders` and
    `gifts_given` are what orders hold of a total budget or of the gifts; they stay 0 without
    any, so that orders don't queue for a row that limits nothing. `gift_stock` are the units
    that it may give, from those on the shelf. `version` counts changes of the terms.
    """

    __tablename__ = "promotions"
    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(map(repr, KINDS))})", name="kind"),
        CheckConstraint("ends_at > starts_at", name="times"),
        CheckConstraint(f"paused IN ({BY_STAFF!r}, {BY_BUDGET!r})", name="paused"),
        CheckConstraint("spent_fen >= 0 AND spent_fen <= budget_fen", name="budget_fen"),
        CheckConstraint("orders >= 0 AND orders <= max_orders", name="max_orders"),
        CheckConstraint("gifts_given >= 0 AND gifts_given <= gift_stock", name="gift_stock"),
        CheckConstraint("(kind = 'gift') = (gift_stock IS NOT NULL)", name="gift_kind"),
        Index("ix_promotions_ends_at", "ends_at", postgresql_where=text("paused IS NULL")),
    )
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    rule: Mapped[dict[str, Any]] = mapped_column(JSONB)
    scope: Mapped[dict[str, Any]] = mapped_column(JSONB)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    exclusive_group: Mapped[str | None] = mapped_column(Text)
    stacks_with: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    new_customers_only: Mapped[bool]
    budget_fen: Mapped[int | None] = mapped_column(BigInteger)
    max_orders: Mapped[int | None] = mapped_column(BigInteger)
    gift_stock: Mapped[int | None] = mapped_column(BigInteger)
    shopper_budget_fen: Mapped[int | None] = mapped_column(BigInteger)
    shopper_max_orders: Mapped[int | None] = mapped_column(BigInteger)
    paused: Mapped[str | None] = mapped_column(Text)
    spent_fen: Mapped[int] = mapped_column(server_default=text("0"))
    orders: Mapped[int] = mapped_column(server_default=text("0"))
    gifts_given: Mapped[int] = mapped_column(server_default=text("0"))
    version: Mapped[int] = mapped_column(server_default=text("1"))


class PromotionShopper(Base):
    """What one shopper's orders hold of a promotion that limits each shopper."""

    __tablename__ = "promotion_shoppers"
    __table_args__ = (CheckConstraint("spent_fen >= 0 AND orders >= 0", name="counts"),)
    promotion_id: Mapped[int] = mapped_column(ForeignKey("promotions.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    spent_fen: Mapped[int]
    orders: Mapped[int]


class PromotionUse(Created, Base):
    """That an order has a promotion, and how much of it. Given back when the order is closed."""

    __tablename__ = "promotion_uses"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_fen"),
        CheckConstraint("gift_units >= 0", name="gift_units"),
        Index("ix_promotion_uses_promotion_id", "promotion_id"),
    )
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    promotion_id: Mapped[int] = mapped_column(ForeignKey("promotions.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    amount_fen: Mapped[int]
    gift_units: Mapped[int] = mapped_column(server_default=text("0"))
    given_back_at: Mapped[datetime | None]


class PromotionTally(Base):
    """What orders hold of a promotion, limited or not: the sum over its parts is the whole.

    An order counts in the part of its id's remainder, so that orders don't queue for one row.
    """

    __tablename__ = "promotion_tallies"
    __table_args__ = (CheckConstraint("used_fen >= 0 AND used_orders >= 0", name="counts"),)
    promotion_id: Mapped[int] = mapped_column(ForeignKey("promotions.id"), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    used_fen: Mapped[int]
    used_orders: Mapped[int]
