"""Tables of reviews."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified

STATUSES = "('pending', 'approved', 'refused', 'hidden', 'deleted')"
_NONE = sql("'{}'")
_NOW = sql("clock_timestamp()")


class Review(Created, Identified, Base):
    """What a shopper says of one order line: one a line, for ever.

    `origin` is "shopper", "default" (five stars that nobody gave, when the time to write was over;
    in no average) or "import" (another shop's, with a `nickname` and without stars). `status` is
    its content's, "deleted" once its writer has withdrawn it: then text and pictures are gone.
    `reason` is what its writer reads of a refusal. `order_refunded`: no unit of the line was kept.
    `order_kind` tells a trial. `user_id` is NULL for an imported one and once its writer's account
    is closed. `wilson` is where helpfulness puts it, 0 to 1. `pictures` are names of uploads.
    """

    __tablename__ = "reviews"
    __table_args__ = (
        UniqueConstraint("order_line_id"),
        CheckConstraint(f"status IN {STATUSES}", name="status"),
        CheckConstraint("origin IN ('shopper', 'default', 'import')", name="origin"),
        CheckConstraint(
            "CASE WHEN origin = 'import' THEN"
            " num_nonnulls(order_line_id, order_id, user_id, goods_stars, logistics_stars,"
            " service_stars) = 0"
            " ELSE num_nonnulls(order_line_id, order_id, goods_stars, logistics_stars,"
            " service_stars) = 5 END",
            name="of_a_line",
        ),
        CheckConstraint(
            "goods_stars BETWEEN 1 AND 5 AND logistics_stars BETWEEN 1 AND 5"
            " AND service_stars BETWEEN 1 AND 5",
            name="stars",
        ),
        CheckConstraint(
            "origin <> 'default' OR (text = '' AND pictures = '{}' AND video IS NULL)",
            name="default",
        ),
        CheckConstraint("(status = 'deleted') = (deleted_at IS NOT NULL)", name="deleted"),
        CheckConstraint("status <> 'approved' OR approved_at IS NOT NULL", name="approved"),
        CheckConstraint("num_nonnulls(reply, replied_at, replied_by) IN (0, 3)", name="reply"),
        CheckConstraint("helpful >= 0 AND unhelpful >= 0", name="votes"),
        CheckConstraint("cardinality(pictures) <= 9", name="pictures"),
        Index("ix_reviews_user_id_id", "user_id", "id"),
        Index("ix_reviews_order_id", "order_id"),
        Index("ix_reviews_sku_id_id", "sku_id", "id"),
        Index("ix_reviews_spu_id_id", "spu_id", "id"),
        Index("ix_reviews_status_id", "status", "id"),
        Index("ix_reviews_changed_at", "changed_at", **BY_TIME),
    )
    content_id: Mapped[int | None] = mapped_column(BigInteger)
    order_line_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("order_lines.id"))
    order_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("orders.id"))
    order_kind: Mapped[str] = mapped_column(Text, server_default=sql("'normal'"))
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    nickname: Mapped[str] = mapped_column(Text, server_default=sql("''"))
    spu_id: Mapped[int] = mapped_column(BigInteger)
    sku_id: Mapped[int | None] = mapped_column(BigInteger)
    sku_spec: Mapped[str] = mapped_column(Text, server_default=sql("''"))
    goods_stars: Mapped[int | None] = mapped_column(SmallInteger)
    logistics_stars: Mapped[int | None] = mapped_column(SmallInteger)
    service_stars: Mapped[int | None] = mapped_column(SmallInteger)
    text: Mapped[str] = mapped_column(Text, server_default=sql("''"))
    pictures: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=_NONE)
    video: Mapped[str | None] = mapped_column(Text)
    anonymous: Mapped[bool] = mapped_column(server_default=sql("false"))
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=_NONE)
    origin: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    order_refunded: Mapped[bool] = mapped_column(server_default=sql("false"))
    helpful: Mapped[int] = mapped_column(server_default=sql("0"))
    unhelpful: Mapped[int] = mapped_column(server_default=sql("0"))
    wilson: Mapped[float] = mapped_column(Float(53), server_default=sql("0"))
    featured: Mapped[bool] = mapped_column(server_default=sql("false"))
    changed_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    approved_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    reply: Mapped[str | None] = mapped_column(Text)
    replied_at: Mapped[datetime | None]
    replied_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff_members.id"))


class ReviewFollowUp(Created, Base):
    """What its writer adds to a review later (追评), once. `reason` is as of a review."""

    __tablename__ = "review_follow_ups"
    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES}", name="status"),
        CheckConstraint("cardinality(pictures) <= 9", name="pictures"),
        CheckConstraint("status <> 'approved' OR approved_at IS NOT NULL", name="approved"),
        Index("ix_review_follow_ups_changed_at", "changed_at", **BY_TIME),
    )
    review_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reviews.id"), primary_key=True)
    content_id: Mapped[int | None] = mapped_column(BigInteger)
    text: Mapped[str] = mapped_column(Text)
    pictures: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=_NONE)
    status: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    approved_at: Mapped[datetime | None]


class ReviewChance(Base):
    """A received order line that its buyer may review `until` then; gone once that is over."""

    __tablename__ = "review_chances"
    __table_args__ = (
        Index("ix_review_chances_user_id", "user_id", "order_line_id"),
        Index("ix_review_chances_until", "until"),
    )
    order_line_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("order_lines.id"), primary_key=True, autoincrement=False
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    until: Mapped[datetime]


class ReviewTask(Created, Base):
    """A review of one or two stars that staff have to answer by `due_at`.

    It is done by a reply, or by a `note` on what was done; without anybody when the review went.
    """

    __tablename__ = "review_tasks"
    __table_args__ = (
        CheckConstraint("done_at IS NOT NULL OR num_nonnulls(done_by, note) = 0", name="done"),
        Index("ix_review_tasks_open", "due_at", postgresql_where=sql("done_at IS NULL")),
    )
    review_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("reviews.id"), primary_key=True, autoincrement=False
    )
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff_members.id"))
    note: Mapped[str | None] = mapped_column(Text)
