"""Tables of channels: what staff define, what each day costs, the picture of the code."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Base, Created, Identified

STORE, NFC, POSTER, PARTNER = "store", "nfc", "poster", "partner"
KOL, AD, PAID_PAGE = "kol", "ad", "paid_page"
KINDS = (STORE, NFC, POSTER, PARTNER, KOL, AD, PAID_PAGE)
"""A code in a store, a tag at a shelf, a poster, a partner, an influencer, an advertisement, the
page after payment."""
LABELS = {
    STORE: "门店",
    NFC: "NFC 标签",
    POSTER: "海报",
    PARTNER: "合作方",
    KOL: "达人",
    AD: "广告",
    PAID_PAGE: "支付完成页",
}
"""What staff read in sheets."""


class Channel(Identified, Created):
    """A way to the shop that staff made. Its share (`shares.channel_id`) leads to a page.

    New shoppers may claim a coupon of the template between `starts_at` and `ends_at`; after
    `ends_at` the share opens nothing. `point_id` is the pick-up point where the code stands.
    """

    __tablename__ = "share_channels"
    __table_args__ = (
        UniqueConstraint("name", name="uq_share_channels_name"),
        CheckConstraint(
            "kind IN ('store', 'nfc', 'poster', 'partner', 'kol', 'ad', 'paid_page')", name="kind"
        ),
        CheckConstraint("ends_at > starts_at", name="times"),
    )
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    page_kind: Mapped[str] = mapped_column(Text)
    page_id: Mapped[int]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    coupon_template_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("coupon_templates.id")
    )
    point_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("pickup_points.id"))
    note: Mapped[str] = mapped_column(Text, server_default=text("''"))


class ChannelCost(Base):
    """What a channel cost on a shop day, as staff entered it."""

    __tablename__ = "share_channel_costs"
    __table_args__ = (CheckConstraint("cost_fen > 0", name="cost_fen"),)
    channel_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("share_channels.id"), primary_key=True
    )
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    cost_fen: Mapped[int]
    note: Mapped[str] = mapped_column(Text, server_default=text("''"))


class ChannelCode(Base):
    """The mini-program code of a channel's share, asked of WeChat once."""

    __tablename__ = "share_channel_codes"
    channel_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("share_channels.id"), primary_key=True
    )
    image: Mapped[bytes] = mapped_column(LargeBinary)
