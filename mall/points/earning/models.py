"""Tables of earning: the plan of staff, and what each order earned by it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created
from mall.points.earning.rates import Plan, plan_of

_ZERO = text("0")


class EarningPlan(Created, Base):
    """What money earns. A row never changes; an order goes by the newest when it was paid.

    Rates are points for 100 yuan: `categories` and `skus` by id; `days` have `name`, `first_day`,
    `last_day` and `multiple_bp`.
    """

    __tablename__ = "points_earning_plans"
    __table_args__ = (CheckConstraint("default_rate >= 0", name="default_rate"),)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    default_rate: Mapped[int]
    categories: Mapped[dict[str, int]] = mapped_column(JSONB)
    skus: Mapped[dict[str, int]] = mapped_column(JSONB)
    days: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)

    @property
    def rules(self) -> Plan:
        """What the row says, as the pure rules read it."""
        return plan_of(self.version, self.default_rate, self.categories, self.skus, self.days)

    @property
    def category_rates(self) -> list[dict[str, int]]:
        """Rates of categories, as staff said them."""
        return [{"category_id": i, "rate": rate} for i, rate in self.rules.categories.items()]

    @property
    def sku_rates(self) -> list[dict[str, int]]:
        """Rates of SKUs, as staff said them."""
        return [{"sku_id": i, "rate": rate} for i, rate in self.rules.skus.items()]


class PointsEarned(Created, Base):
    """What an order earned: `points` by its lines, `reversed` of them by money that went back.

    `entry_id` is the grant, none for no points. They are frozen until `thawed_at`.
    """

    __tablename__ = "points_earned"
    __table_args__ = (
        CheckConstraint("points >= 0 AND reversed BETWEEN 0 AND points", name="points"),
        CheckConstraint("(entry_id IS NULL) = (points = 0)", name="entry"),
        Index("ix_points_earned_created_at", "created_at", **BY_TIME),
    )
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("orders.id"), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, ForeignKey("points_earning_plans.version"))
    entry_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("points_entries.id"))
    points: Mapped[int]
    reversed: Mapped[int] = mapped_column(server_default=_ZERO)
    thawed_at: Mapped[datetime | None]


class PointsEarnedLine(Base):
    """A line that earns: `rate` in points for a million yuan, `base_fen` what was paid for it,
    `back_fen` what of that went back."""

    __tablename__ = "points_earned_lines"
    __table_args__ = (
        CheckConstraint("rate > 0 AND base_fen > 0", name="earns"),
        CheckConstraint("back_fen BETWEEN 0 AND base_fen", name="back"),
    )
    order_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("points_earned.order_id"), primary_key=True
    )
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    rate: Mapped[int]
    base_fen: Mapped[int]
    back_fen: Mapped[int] = mapped_column(server_default=_ZERO)
