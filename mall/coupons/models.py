"""Tables of coupons: templates, who has claimed how many, coupons, batches of codes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified

AMOUNT, PERCENT, FREIGHT, EXCHANGE = "amount", "percent", "freight", "exchange"
KINDS = (AMOUNT, PERCENT, FREIGHT, EXCHANGE)
PUBLIC, CODE, REWARD, CHANNEL = "public", "code", "reward", "channel"
FEATURE = "feature"
"""A feature made the template, and issues its coupons with face values of their own."""
STAFF_WAYS = (PUBLIC, CODE, REWARD, CHANNEL)
WAYS = (*STAFF_WAYS, FEATURE)
AVAILABLE, LOCKED, USED, REVOKED = "available", "locked", "used", "revoked"
REDEEMED = "redeemed"
"""Used at a counter."""
STATUSES = (AVAILABLE, LOCKED, USED, REVOKED, REDEEMED)


class CouponTemplate(Identified, Created):
    """What a coupon is worth, for which goods, until when, and who may have how many.

    By `kind`: `amount` takes `amount_fen` off, `percent` takes `off_bp` off and at most
    `cap_fen`, `freight` pays the freight (at most `cap_fen`), `exchange` gives one unit of
    the goods. `threshold_fen` is what the goods of its scope must cost after promotions.
    Its coupons are valid either from `valid_from` to `valid_to`, or `valid_days` from the
    claim. `at_counter`: also staff at a pick-up point redeem it. `claimed` counts every coupon
    that was made from it, `version` what staff saved. Where a feature issues the coupons (`way`),
    `amount_fen` is the most that one of them is worth.
    """

    __tablename__ = "coupon_templates"
    __table_args__ = (
        CheckConstraint("kind IN ('amount', 'percent', 'freight', 'exchange')", name="kind"),
        CheckConstraint("way IN ('public', 'code', 'reward', 'channel', 'feature')", name="way"),
        CheckConstraint("way <> 'feature' OR kind = 'amount'", name="own_amounts"),
        CheckConstraint(
            "(kind = 'amount') = (amount_fen IS NOT NULL)"
            " AND (kind = 'percent') = (off_bp IS NOT NULL)"
            " AND (cap_fen IS NULL OR kind IN ('percent', 'freight'))",
            name="benefit",
        ),
        CheckConstraint(
            "amount_fen > 0 AND off_bp BETWEEN 1 AND 9999 AND cap_fen > 0 AND threshold_fen >= 0",
            name="amounts",
        ),
        CheckConstraint(
            "(valid_days IS NULL) = (valid_from IS NOT NULL)"
            " AND (valid_days IS NULL) = (valid_to IS NOT NULL)"
            " AND valid_to > valid_from AND valid_days > 0",
            name="validity",
        ),
        CheckConstraint("claimed >= 0 AND claimed <= total_limit", name="claimed"),
        CheckConstraint("per_user_limit > 0", name="per_user_limit"),
        CheckConstraint("claim_to > claim_from", name="claim_window"),
    )
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, server_default=text("''"))
    kind: Mapped[str] = mapped_column(Text)
    amount_fen: Mapped[int | None]
    off_bp: Mapped[int | None]
    cap_fen: Mapped[int | None]
    threshold_fen: Mapped[int] = mapped_column(server_default=text("0"))
    scope: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    way: Mapped[str] = mapped_column(Text)
    claim_from: Mapped[datetime | None]
    claim_to: Mapped[datetime | None]
    valid_from: Mapped[datetime | None]
    valid_to: Mapped[datetime | None]
    valid_days: Mapped[int | None]
    total_limit: Mapped[int | None]
    per_user_limit: Mapped[int] = mapped_column(server_default=text("1"))
    claimed: Mapped[int] = mapped_column(server_default=text("0"))
    back_on_refund: Mapped[bool] = mapped_column(server_default=text("true"))
    at_counter: Mapped[bool] = mapped_column(server_default=text("false"))
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    version: Mapped[int] = mapped_column(server_default=text("1"))


class CouponHolding(Base):
    """How many coupons of a template a shopper has claimed (rewards aren't counted)."""

    __tablename__ = "coupon_holdings"
    __table_args__ = (CheckConstraint("claimed > 0", name="claimed"),)
    template_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("coupon_templates.id"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    claimed: Mapped[int]


class Coupon(Identified, Created):
    """One coupon of a shopper. It belongs to an order exactly while it is locked or used;
    redeemed, it was used at a counter (`coupon_redemptions`).

    `revoked_at` is when its reward was taken back: it isn't handed out again then.
    `way` is how the shopper came by it. `amount_fen` is its own face value, within the template's;
    none: the template's.
    """

    __tablename__ = "coupons"
    __table_args__ = (
        CheckConstraint(
            "status IN ('available', 'locked', 'used', 'revoked', 'redeemed')", name="status"
        ),
        CheckConstraint("(status IN ('locked', 'used')) = (order_id IS NOT NULL)", name="order"),
        CheckConstraint("(status IN ('used', 'redeemed')) = (used_at IS NOT NULL)", name="used_at"),
        CheckConstraint("way IN ('public', 'code', 'reward', 'channel', 'feature')", name="way"),
        CheckConstraint(
            "(way = 'feature') = (amount_fen IS NOT NULL) AND amount_fen > 0", name="amount_fen"
        ),
        CheckConstraint("expires_at > valid_from", name="validity"),
        Index("ix_coupons_created_at", "created_at", **BY_TIME),
        Index("ix_coupons_user_id_status_id", "user_id", "status", "id"),
        Index("ix_coupons_template_id_user_id", "template_id", "user_id"),
        Index("ix_coupons_order_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
        Index(
            "ix_coupons_expires_at",
            "expires_at",
            postgresql_where=text("status = 'available' AND warned_at IS NULL"),
        ),
    )
    template_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("coupon_templates.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    status: Mapped[str] = mapped_column(Text, server_default=text("'available'"))
    way: Mapped[str] = mapped_column(Text)
    amount_fen: Mapped[int | None]
    valid_from: Mapped[datetime]
    expires_at: Mapped[datetime]
    order_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("orders.id"))
    used_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class CouponBatch(Identified, Created):
    """Codes that were made together, for example for a leaflet."""

    __tablename__ = "coupon_batches"
    __table_args__ = (
        CheckConstraint("size > 0", name="size"),
        Index("ix_coupon_batches_template_id_id", "template_id", "id"),
    )
    template_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("coupon_templates.id"))
    note: Mapped[str] = mapped_column(Text, server_default=text("''"))
    size: Mapped[int]


class CouponCode(Identified):
    """A code that one shopper may change into one coupon."""

    __tablename__ = "coupon_codes"
    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("coupon_id"),
        CheckConstraint("(coupon_id IS NULL) = (redeemed_at IS NULL)", name="redeemed"),
        Index("ix_coupon_codes_batch_id_id", "batch_id", "id"),
    )
    batch_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("coupon_batches.id"))
    code: Mapped[str] = mapped_column(Text)
    coupon_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("coupons.id"))
    redeemed_at: Mapped[datetime | None]
