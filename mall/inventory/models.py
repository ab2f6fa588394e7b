"""Stock rows and the movements that explain them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified

ONCE_A_REF = "kind IN ('reserve', 'release', 'sell')"


class Stock(Base):
    """Where the units of one SKU are. `received` is what came in, less what was taken out."""

    __tablename__ = "stocks"
    __table_args__ = (
        CheckConstraint("sellable >= 0 AND reserved >= 0 AND sold >= 0", name="not_negative"),
        CheckConstraint("sellable + reserved + sold = received", name="adds_up"),
    )
    sku_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("skus.id"), primary_key=True, autoincrement=False
    )
    received: Mapped[int] = mapped_column(server_default=text("0"))
    sellable: Mapped[int] = mapped_column(server_default=text("0"))
    reserved: Mapped[int] = mapped_column(server_default=text("0"))
    sold: Mapped[int] = mapped_column(server_default=text("0"))


class StockMovement(Created, Identified):
    """One change of one SKU, never altered. The deltas of a SKU sum to its stock row.

    It has no foreign key: each is written by the statement that changed the stock row.
    An order (`ref`) reserves, releases or sells a SKU at most once.
    """

    __tablename__ = "stock_movements"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('put_in', 'take_out', 'reserve', 'release', 'sell', 'take_back', 'scrap')",
            name="kind",
        ),
        Index(
            "uq_stock_movements_once",
            "ref",
            "sku_id",
            "kind",
            unique=True,
            postgresql_where=text(ONCE_A_REF),
        ),
        Index("ix_stock_movements_created_at", "created_at", **BY_TIME),
        Index("ix_stock_movements_sku_id_id", "sku_id", "id"),
        # What is held in parts (`<holder>-<part>`), by its holder.
        Index(
            "ix_stock_movements_part_of",
            text("split_part(ref, '-', 1)"),
            postgresql_where=text("ref LIKE '%-%'"),
        ),
    )
    sku_id: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    ref: Mapped[str] = mapped_column(Text)
    sellable_delta: Mapped[int]
    reserved_delta: Mapped[int]
    sold_delta: Mapped[int]
    reason: Mapped[str | None] = mapped_column(Text)


class StockClosing(Base):
    """What one SKU's movements came to at the end of a day, up to one of them and with it.

    Checks that come often begin here. It is written so late that no movement with a smaller id
    can come any more.
    """

    __tablename__ = "stock_closings"
    sku_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("skus.id"), primary_key=True, autoincrement=False
    )
    movement_id: Mapped[int] = mapped_column(BigInteger)
    sellable: Mapped[int]
    reserved: Mapped[int]
    sold: Mapped[int]
    closed_at: Mapped[datetime]
