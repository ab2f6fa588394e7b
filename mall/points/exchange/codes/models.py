"""Tables of codes: batches, codes, replacements."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Created, Identified

SEAL = "exchange.code"
"""What a code is sealed for, and its fingerprint is of."""
FREE, DELIVERED, REPLACED = "free", "delivered", "replaced"
EXPIRED, WITHDRAWN = "expired", "withdrawn"
STATUSES = (FREE, DELIVERED, REPLACED, EXPIRED, WITHDRAWN)
TAKEN_OUT = (EXPIRED, WITHDRAWN)
"""Of codes that nobody got: staff may import them again."""


class ExchangeCodeBatch(Identified, Created):
    """Codes that staff imported at once."""

    __tablename__ = "exchange_code_batches"
    __table_args__ = (Index("ix_exchange_code_batches_item_id_id", "item_id", "id"),)
    item_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("exchange_items.id"))
    name: Mapped[str] = mapped_column(Text)
    staff_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff_members.id"))


class ExchangeCode(Identified):
    """A code, sealed. `fingerprint` (a keyed hash) makes it once in the shop.

    An order has one code that is delivered. One that staff replaced keeps its order, as
    `replaced`. `seen_at` is when the shopper first looked at it.
    """

    __tablename__ = "exchange_codes"
    __table_args__ = (
        UniqueConstraint("fingerprint"),
        CheckConstraint(
            "status IN ('free', 'delivered', 'replaced', 'expired', 'withdrawn')", name="status"
        ),
        CheckConstraint(
            "(status IN ('delivered', 'replaced')) = (order_id IS NOT NULL)"
            " AND (order_id IS NULL) = (delivered_at IS NULL)",
            name="order",
        ),
        Index(
            "uq_exchange_codes_order_id",
            "order_id",
            unique=True,
            postgresql_where=text("status = 'delivered'"),
        ),
        Index(
            "ix_exchange_codes_free",
            "item_id",
            "expires_at",
            "id",
            postgresql_where=text("status = 'free'"),
        ),
        Index(
            "ix_exchange_codes_delivered_at",
            "delivered_at",
            postgresql_where=text("delivered_at IS NOT NULL"),
        ),
        Index("ix_exchange_codes_item_id_id", "item_id", "id"),
        Index("ix_exchange_codes_batch_id", "batch_id"),
    )
    batch_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("exchange_code_batches.id"))
    item_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("exchange_items.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info={"sealed": SEAL})
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(Text, server_default=text("'free'"))
    expires_at: Mapped[datetime | None]
    order_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("orders.id"))
    delivered_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]


class ExchangeCodeReplacement(Identified, Created):
    """Staff gave an order another code, once, and why."""

    __tablename__ = "exchange_code_replacements"
    __table_args__ = (
        UniqueConstraint("order_id"),
        UniqueConstraint("old_code_id"),
        UniqueConstraint("new_code_id"),
    )
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("orders.id"))
    old_code_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("exchange_codes.id"))
    new_code_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("exchange_codes.id"))
    reason: Mapped[str] = mapped_column(Text)
    staff_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff_members.id"))
