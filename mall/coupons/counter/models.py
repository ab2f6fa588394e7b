"""Tables of the counter: the code of a shopper for one coupon, and what staff redeemed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Created, Identified
from mall.users.shown_codes import ShownCode


class CounterCode(ShownCode):
    """The newest code of a shopper for the counter: it is for one coupon."""

    __tablename__ = "coupon_counter_codes"
    __table_args__ = (
        UniqueConstraint("code_hash", name="uq_coupon_counter_codes_code_hash"),
        Index("ix_coupon_counter_codes_expires_at", "expires_at"),
    )
    coupon_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("coupons.id"))


class CounterRedemption(Identified, Created):
    """That staff redeemed a coupon at a point, on a shop day. One of a coupon stands, others were
    undone.

    `goods_fen` is what the goods of the receipt cost and `off_fen` what the coupon took off; none
    for an exchange coupon, which gives one unit of the goods.
    """

    __tablename__ = "coupon_redemptions"
    __table_args__ = (
        UniqueConstraint("code_hash", name="uq_coupon_redemptions_code_hash"),
        Index(
            "uq_coupon_redemptions_standing",
            "coupon_id",
            unique=True,
            postgresql_where=text("undone_at IS NULL"),
        ),
        CheckConstraint(
            "(goods_fen IS NULL) = (off_fen IS NULL) AND off_fen > 0 AND off_fen <= goods_fen",
            name="amounts",
        ),
        CheckConstraint(
            "num_nonnulls(undone_at, undone_by, undone_reason) IN (0, 3)", name="undone"
        ),
        Index("ix_coupon_redemptions_user_id_id", "user_id", "id"),
        Index("ix_coupon_redemptions_point_id_id", "point_id", "id"),
        Index("ix_coupon_redemptions_staff_id_id", "staff_id", "id"),
        Index("ix_coupon_redemptions_coupon_id", "coupon_id"),
        Index("ix_coupon_redemptions_created_at", "created_at", **BY_TIME),
    )
    coupon_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("coupons.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    point_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("pickup_points.id"))
    staff_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff_members.id"))
    day: Mapped[date] = mapped_column(Date)
    goods_fen: Mapped[int | None]
    off_fen: Mapped[int | None]
    receipt_no: Mapped[str | None] = mapped_column(Text)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff_members.id"))
    undone_reason: Mapped[str | None] = mapped_column(Text)
