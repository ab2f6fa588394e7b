"""Tables of blind boxes: which lottery is sold as which SKU, the orders, what they opened."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created

_ZERO = text("0")
UNOPENED = "given_at IS NOT NULL AND opened + back < units"
"""SQL: of an order there are boxes that its shopper may open."""


class LotteryBox(Created, Base):
    """That a lottery's tickets are blind boxes, sold as units of a SKU.

    `taken` are boxes that were drawn or are promised: units of orders that aren't closed or
    refunded, and chances. It never passes the lottery's tickets, so whoever has a chance can
    open a box. `daily_boxes` is what a shopper may buy a shop day.
    """

    __tablename__ = "lottery_boxes"
    __table_args__ = (
        CheckConstraint("taken >= 0", name="taken"),
        CheckConstraint("daily_boxes > 0", name="daily_boxes"),
        Index("ix_lottery_boxes_sku_id", "sku_id"),
    )
    lottery_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("lotteries.id"), primary_key=True, autoincrement=False
    )
    sku_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("skus.id"))
    daily_boxes: Mapped[int | None]
    taken: Mapped[int] = mapped_column(server_default=_ZERO)


class BoxOrder(Created, Base):
    """An order of boxes. Those that are neither opened nor `back` are its shopper's to open.

    `given_at`: the order was paid, and its units became chances. `back` are units whose refund is
    under way or has arrived; `freed` those that nobody is promised any more: refunded, or of an
    order that was closed unpaid. `steps` counts the moves of its chances after the first, and
    `confirmed` is what the shopper confirmed.
    """

    __tablename__ = "box_orders"
    __table_args__ = (
        CheckConstraint("units > 0 AND steps >= 0", name="units"),
        CheckConstraint("opened >= 0 AND back >= 0 AND opened + back <= units", name="opened"),
        CheckConstraint("given_at IS NOT NULL OR opened + back = 0", name="given"),
        CheckConstraint(
            "freed >= 0 AND freed <= CASE WHEN given_at IS NULL THEN units ELSE back END",
            name="freed",
        ),
        Index("ix_box_orders_shopper", "lottery_id", "user_id", "order_id"),
        Index(
            "ix_box_orders_unopened",
            *("lottery_id", "user_id", "order_id"),
            postgresql_where=text(UNOPENED),
        ),
        Index("ix_box_orders_user_id", "user_id"),
        Index("ix_box_orders_created_at", "created_at", **BY_TIME),
    )
    order_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("orders.id"), primary_key=True, autoincrement=False
    )
    lottery_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("lottery_boxes.lottery_id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    units: Mapped[int]
    opened: Mapped[int] = mapped_column(server_default=_ZERO)
    back: Mapped[int] = mapped_column(server_default=_ZERO)
    freed: Mapped[int] = mapped_column(server_default=_ZERO)
    steps: Mapped[int] = mapped_column(server_default=_ZERO)
    given_at: Mapped[datetime | None]
    confirmed: Mapped[str] = mapped_column(Text)


class BoxOpening(Created, Base):
    """That a draw opened a box of an order."""

    __tablename__ = "box_openings"
    __table_args__ = (
        ForeignKeyConstraint(
            ["lottery_id", "number"],
            ["lottery_draws.lottery_id", "lottery_draws.number"],
            name="fk_box_openings_draw",
        ),
        Index("ix_box_openings_order_id", "order_id"),
        Index("ix_box_openings_created_at", "created_at", **BY_TIME),
    )
    lottery_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("box_orders.order_id"))
