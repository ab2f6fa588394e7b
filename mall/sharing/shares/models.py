"""Tables of sharing: shares, who opened them, the shoppers and orders that they brought."""

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

from mall.kernel.db import Base, Created, Identified

NO, NONE = text("false"), text("0")


class Share(Identified, Created):
    """A shopper's share of a page, one for each page. `token` never changes: codes of it are
    printed."""

    __tablename__ = "shares"
    __table_args__ = (
        UniqueConstraint("token", name="uq_shares_token"),
        UniqueConstraint("user_id", "page_kind", "page_id", name="uq_shares_user_id_page"),
        Index("ix_shares_day", "day", postgresql_using="brin"),
    )
    token: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    page_kind: Mapped[str] = mapped_column(Text)
    page_id: Mapped[int]
    day: Mapped[date] = mapped_column(Date)


class ShareOpen(Identified, Created):
    """That a shopper opened a share of another one: the first of a sharer on a shop day.

    `opener_since` is when the opener's account was made, `opener_bought` whether they had paid for
    an order by then. `counted`: the first of this opener, within the sharer's cap. An opener who
    closed the account is nobody.
    """

    __tablename__ = "share_opens"
    __table_args__ = (
        UniqueConstraint("sharer_id", "opener_id", "day", name="uq_share_opens_sharer_opener_day"),
        Index(
            "uq_share_opens_counted",
            "sharer_id",
            "opener_id",
            unique=True,
            postgresql_where=text("counted"),
        ),
        CheckConstraint("sharer_id <> opener_id", name="another"),
        Index("ix_share_opens_opener_id", "opener_id", "created_at"),
        Index("ix_share_opens_share_id", "share_id"),
        Index("ix_share_opens_day", "day"),
    )
    share_id: Mapped[int] = mapped_column(ForeignKey("shares.id"))
    sharer_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    opener_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    day: Mapped[date] = mapped_column(Date)
    opener_since: Mapped[datetime]
    opener_bought: Mapped[bool]
    counted: Mapped[bool] = mapped_column(server_default=NO)


class ShareShopper(Identified, Created):
    """That a new shopper's first login came through a share: once a shopper.

    `left_at`: they closed the account so soon that they count no more.
    """

    __tablename__ = "share_shoppers"
    __table_args__ = (
        UniqueConstraint("opener_id", name="uq_share_shoppers_opener_id"),
        CheckConstraint("sharer_id <> opener_id", name="another"),
        CheckConstraint("left_at IS NULL OR opener_id IS NULL", name="left"),
        Index("ix_share_shoppers_sharer_id", "sharer_id", "day"),
        Index("ix_share_shoppers_share_id", "share_id"),
        Index("ix_share_shoppers_day", "day", postgresql_using="brin"),
    )
    share_id: Mapped[int] = mapped_column(ForeignKey("shares.id"))
    sharer_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    opener_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    day: Mapped[date] = mapped_column(Date)
    counted: Mapped[bool] = mapped_column(server_default=NO)
    left_at: Mapped[datetime | None]


class ShareOrder(Created, Base):
    """That an order belongs to a share that its shopper had opened: once an order."""

    __tablename__ = "share_orders"
    __table_args__ = (
        Index("ix_share_orders_sharer_id", "sharer_id", "day"),
        Index("ix_share_orders_share_id", "share_id"),
        Index("ix_share_orders_day", "day", postgresql_using="brin"),
    )
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("orders.id"), primary_key=True)
    share_id: Mapped[int] = mapped_column(ForeignKey("shares.id"))
    sharer_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    day: Mapped[date] = mapped_column(Date)
    first_order: Mapped[bool]
    counted: Mapped[bool] = mapped_column(server_default=NO)


class ShareDay(Base):
    """What counts for a sharer on a shop day: within the owner's caps."""

    __tablename__ = "share_days"
    __table_args__ = (
        CheckConstraint(
            "shares >= 0 AND opens >= 0 AND shoppers >= 0 AND orders >= 0", name="counts"
        ),
        Index("ix_share_days_day", "day", postgresql_using="brin"),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    shares: Mapped[int] = mapped_column(server_default=NONE)
    opens: Mapped[int] = mapped_column(server_default=NONE)
    shoppers: Mapped[int] = mapped_column(server_default=NONE)
    orders: Mapped[int] = mapped_column(server_default=NONE)
