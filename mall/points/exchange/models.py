"""Tables of the points mall: items, their prices, exchanges. Prices in points and fen a unit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Base, Created, Identified

SKU, REWARD, CODE = "sku", "reward", "code"
KINDS = (SKU, REWARD, CODE)
DAY, WEEK, MONTH, ALL_TIME = "day", "week", "month", "all"
PERIODS = (DAY, WEEK, MONTH, ALL_TIME)
_ZERO, _FALSE = text("0"), text("false")


def hold_source(order_no: str) -> str:
    """The source of the hold of points for an exchange, and the ground of its reward."""
    return f"exchange:{order_no}"


class ExchangeItem(Identified, Created):
    """What points buy: a unit of a SKU, a reward, or a code of a third party.

    `sku_id` is the SKU that its orders are of; one that stands for a reward or a code needn't be
    on the shelf. `stock` are the units set aside for the item in all, `sold` those of them that
    orders hold or bought. The rest is reserved of the SKU's stock; `stock_steps` counts the
    changes, each with its own reference. `reward` is a copy of what the rule gave when the item
    was saved. `limit_units` is what a shopper may have in a `limit_period` (shop days, weeks from
    Monday, months). `requires` are shopper figures and what each must be at least, said in words
    by `requires_text`. Minutes are of the shop day; the hours may pass midnight. `ended_at`: it
    is over for good, and what was left is given back. `version` grows with each change of terms.
    """

    __tablename__ = "exchange_items"
    __table_args__ = (
        CheckConstraint("kind IN ('sku', 'reward', 'code')", name="kind"),
        CheckConstraint(
            "(kind = 'reward') = (reward_rule_id IS NOT NULL)"
            " AND (kind = 'reward') = (reward IS NOT NULL)",
            name="reward",
        ),
        CheckConstraint("sold >= 0 AND stock >= sold", name="stock"),
        CheckConstraint("limit_units > 0", name="limit_units"),
        CheckConstraint("limit_period IN ('day', 'week', 'month', 'all')", name="limit_period"),
        CheckConstraint("(limit_units IS NULL) = (limit_period IS NULL)", name="limit"),
        CheckConstraint("ends_at > starts_at", name="window"),
        CheckConstraint(
            "(daily_from_min IS NULL) = (daily_to_min IS NULL) AND daily_from_min <> daily_to_min"
            " AND daily_from_min BETWEEN 0 AND 1439 AND daily_to_min BETWEEN 0 AND 1440",
            name="daily",
        ),
        Index("ix_exchange_items_position_id", "position", "id"),
        Index(
            "ix_exchange_items_ending",
            "ends_at",
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, server_default=text("''"))
    sku_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("skus.id"))
    reward_rule_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("reward_rules.id"))
    reward: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    stock: Mapped[int] = mapped_column(server_default=_ZERO)
    sold: Mapped[int] = mapped_column(server_default=_ZERO)
    stock_steps: Mapped[int] = mapped_column(server_default=_ZERO)
    low_stock: Mapped[int] = mapped_column(server_default=_ZERO)
    limit_units: Mapped[int | None]
    limit_period: Mapped[str | None] = mapped_column(Text)
    requires: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    requires_text: Mapped[str] = mapped_column(Text, server_default=text("''"))
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    daily_from_min: Mapped[int | None] = mapped_column(SmallInteger)
    daily_to_min: Mapped[int | None] = mapped_column(SmallInteger)
    free_freight: Mapped[bool] = mapped_column(server_default=_FALSE)
    enabled: Mapped[bool] = mapped_column(server_default=_FALSE)
    position: Mapped[int] = mapped_column(server_default=_ZERO)
    version: Mapped[int] = mapped_column(server_default=text("1"))
    ended_at: Mapped[datetime | None]


class ExchangePrice(Base):
    """What a unit costs from a moment on, until a later price of the item begins."""

    __tablename__ = "exchange_prices"
    __table_args__ = (CheckConstraint("points > 0 AND cash_fen >= 0", name="price"),)
    item_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("exchange_items.id"), primary_key=True
    )
    from_at: Mapped[datetime] = mapped_column(primary_key=True)
    points: Mapped[int]
    cash_fen: Mapped[int]


class ExchangeOrder(Created, Base):
    """An order of an item: what it cost in points, in all, and what is promised.

    The points are a hold by `hold_source`. `reward` is what the item gave at placing.
    `units_back` are units whose refund has arrived. `released`: the order was closed before its
    units left, and they are the item's again; it doesn't count for the shopper's limit.
    `awaits_delivery`: a reward or a code that is still to be given.
    """

    __tablename__ = "exchange_orders"
    __table_args__ = (
        CheckConstraint("units > 0 AND points > 0", name="amounts"),
        CheckConstraint("units_back BETWEEN 0 AND units", name="units_back"),
        Index("ix_exchange_orders_item_id_user_id", "item_id", "user_id", "created_at"),
        Index("ix_exchange_orders_user_id", "user_id"),
        Index(
            "ix_exchange_orders_awaiting",
            "item_id",
            "created_at",
            postgresql_where=text("awaits_delivery"),
        ),
    )
    order_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("orders.id"), primary_key=True, autoincrement=False
    )
    item_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("exchange_items.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    units: Mapped[int]
    points: Mapped[int]
    reward: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    units_back: Mapped[int] = mapped_column(server_default=_ZERO)
    released: Mapped[bool] = mapped_column(server_default=_FALSE)
    awaits_delivery: Mapped[bool] = mapped_column(server_default=_FALSE)
