"""The table of coupons that new shoppers claimed by a channel."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created


class ChannelClaim(Created, Base):
    """That a new shopper claimed the coupon of a channel: once a shopper and channel."""

    __tablename__ = "channel_claims"
    __table_args__ = (
        UniqueConstraint("coupon_id", name="uq_channel_claims_coupon_id"),
        Index("ix_channel_claims_user_id", "user_id"),
        Index("ix_channel_claims_created_at", "created_at", **BY_TIME),
    )
    channel_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("share_channels.id"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    coupon_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("coupons.id"))
