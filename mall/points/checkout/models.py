"""Tables of points at checkout: what lines cost, and which SKUs have a cap of their own."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Base, Created


class PointsSpent(Base):
    """What a line of an order cost in points, and how many of them are back."""

    __tablename__ = "points_spent"
    __table_args__ = (
        CheckConstraint("points > 0", name="points"),
        CheckConstraint("returned BETWEEN 0 AND points", name="returned"),
    )
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("orders.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    points: Mapped[int]
    returned: Mapped[int] = mapped_column(server_default=text("0"))


class CheckoutCap(Created, Base):
    """At most so much of a SKU's price can be paid with points, instead of the shop's share."""

    __tablename__ = "points_checkout_caps"
    __table_args__ = (CheckConstraint("cap_bp BETWEEN 0 AND 10000", name="cap_bp"),)
    sku_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("skus.id"), primary_key=True)
    cap_bp: Mapped[int]
