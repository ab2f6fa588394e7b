"""Cart lines: a shopper, a SKU, how many."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Base, Created


class CartLine(Created, Base):
    """What a shopper means to buy of one SKU. No price: a cart shows the live one.

    `slot` numbers a shopper's lines from 1. Two lines never share one, so concurrent
    requests can't put more lines in a cart than it has slots.
    """

    __tablename__ = "cart_lines"
    __table_args__ = (
        UniqueConstraint("user_id", "slot"),
        CheckConstraint("quantity BETWEEN 1 AND 9999", name="quantity"),
        CheckConstraint("slot > 0", name="slot"),
    )
    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    sku_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("skus.id", ondelete="CASCADE"), primary_key=True
    )
    quantity: Mapped[int]
    slot: Mapped[int] = mapped_column(SmallInteger)
