"""Tables of what orders bring: plans with their rates, lines. Amounts in fen, rates in 1/10,000."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified

ALL, CATEGORY, SKU = "all", "category", "sku"
SCOPES = (ALL, CATEGORY, SKU)
PENDING, SETTLED, REVERSED, VOID = "pending", "settled", "reversed", "void"
STATUSES = (PENDING, SETTLED, REVERSED, VOID)
_ZERO = text("0")


class CommissionPlan(Created, Base):
    """A version of the rates. Rows never change; an order goes by the newest when it was paid."""

    __tablename__ = "commission_plans"
    __table_args__ = (CheckConstraint("version > 0", name="version"),)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)


class CommissionRate(Identified):
    """What goods pay to promoters of a level (NULL: of any level without a rate of its own).

    `scope_id` is a category's or a SKU's id, 0 for all goods. `rate_bp` is of what was paid for
    a line, for who brought the buyer; `second_bp` for who brought that promoter.
    """

    __tablename__ = "commission_rates"
    __table_args__ = (
        UniqueConstraint(
            "version",
            "scope",
            "scope_id",
            "level_id",
            name="uq_commission_rates_place",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("scope IN ('all', 'category', 'sku')", name="scope"),
        CheckConstraint("(scope = 'all') = (scope_id = 0)", name="scope_id"),
        CheckConstraint("rate_bp BETWEEN 0 AND 10000", name="rate"),
        CheckConstraint("second_bp BETWEEN 0 AND 10000", name="second"),
        CheckConstraint("rate_bp + second_bp <= 10000", name="both"),
    )
    version: Mapped[int] = mapped_column(BigInteger, ForeignKey("commission_plans.version"))
    scope: Mapped[str] = mapped_column(Text)
    scope_id: Mapped[int] = mapped_column(server_default=_ZERO)
    level_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("promoter_levels.id"))
    rate_bp: Mapped[int]
    second_bp: Mapped[int] = mapped_column(server_default=_ZERO)


class CommissionOrder(Created, Base):
    """That it was decided who is paid for an order, once: nobody, for the `reason`; or by the
    lines of the order."""

    __tablename__ = "commission_orders"
    __table_args__ = (Index("ix_commission_orders_created_at", "created_at", **BY_TIME),)
    order_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("orders.id"), primary_key=True, autoincrement=False
    )
    version: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("commission_plans.version"))
    reason: Mapped[str | None] = mapped_column(Text)


class CommissionLine(Identified, Created):
    """What a line of an order pays to one promoter: `amount_fen` by `rate_bp` of `base_fen`.

    Level 1 brought the buyer, level 2 brought that promoter; there is no other. `back_fen` is what
    of the base went back (refunds and rebates that have arrived), `reversed_fen` what of the
    amount is gone. `void`: nothing is paid, for `void_reason`; else the rest is the rounded down
    part of what is left of the base.

    `binding_id` is the binding by which the buyer was brought, `upper_binding_id` the one of the
    promoter of level 1; both must be clear. `due_at` is when the line may settle, known once the
    order is settled; at `look_at` the sweep looks at the line, which may have to wait longer, for
    `waits`.
    """

    __tablename__ = "commission_lines"
    __table_args__ = (
        UniqueConstraint("order_id", "position", "level", name="uq_commission_lines_place"),
        CheckConstraint("level IN (1, 2)", name="level"),
        CheckConstraint(
            "rate_bp BETWEEN 1 AND 10000 AND amount_fen = base_fen * rate_bp / 10000"
            " AND amount_fen > 0",
            name="amount",
        ),
        CheckConstraint("back_fen BETWEEN 0 AND base_fen", name="back"),
        CheckConstraint(
            "reversed_fen = CASE status WHEN 'void' THEN amount_fen"
            " ELSE amount_fen - (base_fen - back_fen) * rate_bp / 10000 END",
            name="reversed",
        ),
        CheckConstraint(
            "CASE status WHEN 'pending' THEN reversed_fen < amount_fen AND settled_at IS NULL"
            " WHEN 'settled' THEN reversed_fen < amount_fen AND settled_at IS NOT NULL"
            " WHEN 'reversed' THEN reversed_fen = amount_fen"
            " WHEN 'void' THEN void_reason IS NOT NULL ELSE false END",
            name="status",
        ),
        CheckConstraint("(void_reason IS NULL) = (status <> 'void')", name="void"),
        Index("ix_commission_lines_promoter_id_id", "promoter_id", "id"),
        Index(
            "ix_commission_lines_look_at",
            "look_at",
            "id",
            postgresql_where=text("status = 'pending' AND look_at IS NOT NULL"),
        ),
        Index("ix_commission_lines_binding_id", "binding_id"),
        Index("ix_commission_lines_upper_binding_id", "upper_binding_id"),
        Index("ix_commission_lines_created_at", "created_at", **BY_TIME),
    )
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("commission_orders.order_id"))
    position: Mapped[int] = mapped_column(SmallInteger)
    level: Mapped[int] = mapped_column(SmallInteger)
    promoter_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    binding_id: Mapped[int | None]
    upper_binding_id: Mapped[int | None]
    rate_bp: Mapped[int]
    base_fen: Mapped[int]
    back_fen: Mapped[int] = mapped_column(server_default=_ZERO)
    amount_fen: Mapped[int]
    reversed_fen: Mapped[int] = mapped_column(server_default=_ZERO)
    status: Mapped[str] = mapped_column(Text, server_default=text("'pending'"))
    void_reason: Mapped[str | None] = mapped_column(Text)
    waits: Mapped[str | None] = mapped_column(Text)
    due_at: Mapped[datetime | None]
    look_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]

    @property
    def kept_fen(self) -> int:
        """What of the amount still stands."""
        return self.amount_fen - self.reversed_fen
