"""Tables of messages: grants, messages, the shopper's inbox, and the pushes of WeChat."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified

NOW = text("clock_timestamp()")
STATUSES = (
    *("waiting", "pending", "sending", "sent", "unknown", "failed", "refused", "no_grant"),
    *("no_template", "over_cap", "opted_out", "quiet_hours", "stale"),
)


class MessageGrant(Base):
    """How many messages of one template a shopper has allowed, and how many were sent.

    One accepted prompt allows one message. The client reports it at once and WeChat
    pushes the same acceptance, so the two are counted apart and the larger one holds:
    neither a lost push nor a client that keeps silent costs the shopper the message.
    """

    __tablename__ = "message_grants"
    __table_args__ = (
        Index("ix_message_grants_updated_at", "updated_at", **BY_TIME),
        CheckConstraint("reported >= 0 AND pushed >= 0", name="counts"),
        CheckConstraint("used >= 0 AND used <= greatest(reported, pushed)", name="used"),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    template_id: Mapped[str] = mapped_column(Text, primary_key=True)
    reported: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    pushed: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    used: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)


class Message(Identified, Created):
    """A message to one shopper about one thing: unique by (kind, ref, user), sent at most once.

    On its way: `waiting` until `not_before`, `pending` with its call to WeChat, `sending`.
    Sent: `sent`, and `unknown`, which WeChat may have sent. Not sent: `no_template` is set up,
    `no_grant` is left, `refused` by WeChat for want of a grant, `failed` at WeChat for good,
    `over_cap` of the day, `opted_out`, `quiet_hours` until after its use, `stale`.

    After `good_until` the message is of no use. `wechat_id` is WeChat's number of what it sent.
    Of marketing alone: `counted_on` is the shop day whose cap counts it, `handed_at` is when
    WeChat was asked to send it, and `quiet_hours` what was in force then ("21:00-09:00").
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("kind", "ref", "user_id", name="uq_messages_kind_ref_user_id"),
        CheckConstraint(f"status IN ({', '.join(map(repr, STATUSES))})", name="status"),
        CheckConstraint("purpose IN ('order', 'service', 'marketing')", name="purpose"),
        CheckConstraint("(status = 'waiting') = (not_before IS NOT NULL)", name="not_before"),
        Index("ix_messages_user_id_id", "user_id", "id"),
        # All but nearly all: a message that was sent pays for no index.
        Index("ix_messages_not_sent", "status", "id", postgresql_where=text("status <> 'sent'")),
        Index(
            "ix_messages_waiting",
            "kind",
            "not_before",
            postgresql_where=text("status = 'waiting'"),
        ),
        Index(
            "ix_messages_counted_on",
            "counted_on",
            "user_id",
            postgresql_where=text("counted_on IS NOT NULL"),
        ),
        Index(
            "ix_messages_marketing_handed_at",
            "handed_at",
            postgresql_where=text("purpose = 'marketing' AND handed_at IS NOT NULL"),
        ),
        Index(
            "ix_messages_wechat_id",
            "wechat_id",
            postgresql_where=text("wechat_id IS NOT NULL"),
        ),
    )
    kind: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text)
    ref: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    template_id: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    not_before: Mapped[datetime | None]
    good_until: Mapped[datetime | None]
    counted_on: Mapped[date | None]
    handed_at: Mapped[datetime | None]
    quiet_hours: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None]
    wechat_id: Mapped[str | None] = mapped_column(Text)
    error_code: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)


class MarketingDay(Base):
    """How many marketing messages a shopper gets on a shop day: sent, or on their way.

    `allowed` is the cap that was in force when the last one was counted.
    """

    __tablename__ = "marketing_days"
    __table_args__ = (
        CheckConstraint("counted >= 0 AND counted <= allowed", name="counted"),
        CheckConstraint("allowed <= 20", name="allowed"),
        Index("ix_marketing_days_day", "day"),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    counted: Mapped[int] = mapped_column(Integer)
    allowed: Mapped[int] = mapped_column(Integer)


class MessagePreference(Base):
    """What a shopper wants to be told of. No row: everything."""

    __tablename__ = "message_preferences"
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    marketing: Mapped[bool] = mapped_column(Boolean)
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)


class InboxMessage(Identified, Created):
    """What a message says, for the shopper to read in the mini-program: once a message."""

    __tablename__ = "inbox_messages"
    __table_args__ = (
        UniqueConstraint("message_id", name="uq_inbox_messages_message_id"),
        Index("ix_inbox_messages_user_id_id", "user_id", "id"),
        Index("ix_inbox_messages_unread", "user_id", postgresql_where=text("read_at IS NULL")),
        Index("ix_inbox_messages_created_at", "created_at"),
    )
    message_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("messages.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    page: Mapped[str | None] = mapped_column(Text)
    read_at: Mapped[datetime | None]


class WechatPush(Identified):
    """A push that has a handler: stored until it was handled, then its content is emptied.

    WeChat delivers up to three times; `dedupe_key` lets one in.
    """

    __tablename__ = "wechat_pushes"
    __table_args__ = (
        UniqueConstraint("dedupe_key", name="uq_wechat_pushes_dedupe_key"),
        Index(
            "ix_wechat_pushes_waiting",
            "received_at",
            postgresql_where=text("handled_at IS NULL"),
        ),
        Index("ix_wechat_pushes_handled_at", "handled_at"),
    )
    dedupe_key: Mapped[str] = mapped_column(Text)
    event: Mapped[str] = mapped_column(Text)
    content: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    received_at: Mapped[datetime] = mapped_column(server_default=NOW)
    handled_at: Mapped[datetime | None]
