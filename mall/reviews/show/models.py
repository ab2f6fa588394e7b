"""Tables of the buyer show."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Base, Created, Identified

_ZERO = sql("0")
_NOW = sql("clock_timestamp()")


class ShowColumn(Created, Identified, Base):
    """A column (专栏) of the buyer show. `category_id`: it takes products of that category and of
    those below, and none once the category is deleted; NULL: of any. `sort` is how it opens.
    `coupon_template_id`: writers of reviews that are featured in it get a coupon of the template.
    """

    __tablename__ = "show_columns"
    __table_args__ = (
        CheckConstraint("sort IN ('hot', 'newest')", name="sort"),
        Index("ix_show_columns_coupon_template_id", "coupon_template_id"),
    )
    name: Mapped[str] = mapped_column(Text)
    category_id: Mapped[int | None] = mapped_column(BigInteger)
    sort: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(server_default=_ZERO)
    enabled: Mapped[bool]
    coupon_template_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("coupon_templates.id")
    )
    changed_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class ShowEntry(Created, Identified, Base):
    """That a review was featured: one entry a review, for ever.

    `ended_at`: it is in no list any more; featured again, the same entry comes back with its
    likes. `heat` is what the hot sort goes by (`heat.py`). `coupon_id` is the coupon that its
    writer got, at most one however often the review is featured.
    """

    __tablename__ = "show_entries"
    __table_args__ = (
        UniqueConstraint("review_id"),
        CheckConstraint("likes >= 0 AND collects >= 0", name="counts"),
        CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name="ended"),
        CheckConstraint(
            "ended_why IN ('staff', 'hidden', 'deleted', 'refused', 'refunded', 'no_pictures')",
            name="ended_why",
        ),
        Index(
            "ix_show_entries_hot",
            *("column_id", "heat", "id"),
            postgresql_where=sql("ended_at IS NULL"),
        ),
        Index(
            "ix_show_entries_newest",
            *("column_id", "featured_at", "id"),
            postgresql_where=sql("ended_at IS NULL"),
        ),
        Index("ix_show_entries_coupon_id", "coupon_id"),
    )
    review_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reviews.id"))
    column_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("show_columns.id"))
    likes: Mapped[int] = mapped_column(server_default=_ZERO)
    collects: Mapped[int] = mapped_column(server_default=_ZERO)
    heat: Mapped[float] = mapped_column(Float(53))
    featured_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    featured_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff_members.id"))
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str | None] = mapped_column(Text)
    coupon_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("coupons.id"))


class ShowLike(Created, Identified, Base):
    """That a shopper likes an entry: once. Of whoever closes the account it stays, nameless."""

    __tablename__ = "show_likes"
    __table_args__ = (
        UniqueConstraint("entry_id", "user_id"),
        Index("ix_show_likes_user_id", "user_id"),
    )
    entry_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("show_entries.id"))
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))


class ShowCollect(Created, Identified, Base):
    """That a shopper keeps an entry in their collection: once. As of likes."""

    __tablename__ = "show_collects"
    __table_args__ = (
        UniqueConstraint("entry_id", "user_id"),
        Index("ix_show_collects_user_id_id", "user_id", "id"),
    )
    entry_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("show_entries.id"))
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
