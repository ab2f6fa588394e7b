"""Tables of sharing: shares, who opened them, the shoppers that they brought."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified

NO, NONE = text("false"), text("0")
OF_CHANNEL = text("channel_id IS NOT NULL")


class Share(Identified, Created):
    """A share of a page by a shopper (`user_id`) or of a channel that staff made (`channel_id`),
    one for each page and medium. `token` never changes: codes of it are printed.

    `orders` counts what came of it, as far as it counts. After `expires_at` it opens nothing.
    """

    __tablename__ = "shares"
    __table_args__ = (
        UniqueConstraint("token", name="uq_shares_token"),
        UniqueConstraint(
            *("user_id", "channel_id", "page_kind", "page_id", "medium"),
            name="uq_shares_owner_page",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("num_nonnulls(user_id, channel_id) = 1", name="owner"),
        CheckConstraint("orders >= 0", name="orders"),
        Index("ix_shares_day", "day", **BY_TIME),
        Index("ix_shares_channel_id", "channel_id", postgresql_where=OF_CHANNEL),
    )
    token: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("share_channels.id"))
    page_kind: Mapped[str] = mapped_column(Text)
    page_id: Mapped[int]
    medium: Mapped[str] = mapped_column(Text, server_default=text("'card'"))
    day: Mapped[date] = mapped_column(Date)
    orders: Mapped[int] = mapped_column(server_default=NONE)
    expires_at: Mapped[datetime | None]


class ShareOpen(Identified, Created):
    """A touch: that a shopper opened a share of another one, or of a channel. One a shop day for
    each sharer or channel: `created_at` is the first opening of the day, `last_at` the last.

    `opener_since` is when the opener's account was made, `opener_bought` whether they had paid for
    an order by then. `counted`: the first of this opener, within the sharer's cap. An opener who
    closed the account is nobody.
    """

    __tablename__ = "share_opens"
    __table_args__ = (
        UniqueConstraint("sharer_id", "opener_id", "day", name="uq_share_opens_sharer_opener_day"),
        Index(
            "uq_share_opens_channel_opener_day",
            *("channel_id", "opener_id", "day"),
            unique=True,
            postgresql_where=OF_CHANNEL,
        ),
        Index(
            "uq_share_opens_counted",
            "sharer_id",
            "opener_id",
            unique=True,
            postgresql_where=text("counted AND sharer_id IS NOT NULL"),
        ),
        CheckConstraint("sharer_id <> opener_id", name="another"),
        CheckConstraint("num_nonnulls(sharer_id, channel_id) = 1", name="owner"),
        Index("ix_share_opens_opener_id", "opener_id", "created_at"),
        Index("ix_share_opens_share_id", "share_id"),
        Index("ix_share_opens_day", "day"),
    )
    share_id: Mapped[int] = mapped_column(ForeignKey("shares.id"))
    sharer_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("share_channels.id"))
    opener_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    day: Mapped[date] = mapped_column(Date)
    opener_since: Mapped[datetime]
    opener_bought: Mapped[bool]
    counted: Mapped[bool] = mapped_column(server_default=NO)
    last_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class ShareShopper(Identified, Created):
    """That a new shopper's first login came through a share: once a shopper.

    `left_at`: they closed the account so soon that they count no more.
    """

    __tablename__ = "share_shoppers"
    __table_args__ = (
        UniqueConstraint("opener_id", name="uq_share_shoppers_opener_id"),
        CheckConstraint("sharer_id <> opener_id", name="another"),
        CheckConstraint("num_nonnulls(sharer_id, channel_id) = 1", name="owner"),
        CheckConstraint("left_at IS NULL OR opener_id IS NULL", name="left"),
        Index("ix_share_shoppers_sharer_id", "sharer_id", "day"),
        Index("ix_share_shoppers_channel_id", "channel_id", "day", postgresql_where=OF_CHANNEL),
        Index("ix_share_shoppers_share_id", "share_id"),
        Index("ix_share_shoppers_day", "day", **BY_TIME),
    )
    share_id: Mapped[int] = mapped_column(ForeignKey("shares.id"))
    sharer_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("share_channels.id"))
    opener_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    day: Mapped[date] = mapped_column(Date)
    counted: Mapped[bool] = mapped_column(server_default=NO)
    left_at: Mapped[datetime | None]


class ShareDay(Base):
    """What counts for a sharer on a shop day: within the owner's caps."""

    __tablename__ = "share_days"
    __table_args__ = (
        CheckConstraint(
            "shares >= 0 AND opens >= 0 AND shoppers >= 0 AND orders >= 0", name="counts"
        ),
        Index("ix_share_days_day", "day", **BY_TIME),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    shares: Mapped[int] = mapped_column(server_default=NONE)
    opens: Mapped[int] = mapped_column(server_default=NONE)
    shoppers: Mapped[int] = mapped_column(server_default=NONE)
    orders: Mapped[int] = mapped_column(server_default=NONE)
