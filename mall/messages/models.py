"""Tables of messages: grants, messages, and the inbox of WeChat's pushes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
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

from mall.kernel.db import Base, Created, Identified

NOW = text("clock_timestamp()")


class MessageGrant(Base):
    """How many messages of one template a shopper has allowed, and how many were sent.

    One accepted prompt allows one message. The client reports it at once and WeChat
    pushes the same acceptance, so the two are counted apart and the larger one holds:
    neither a lost push nor a client that keeps silent costs the shopper the message.
    """

    __tablename__ = "message_grants"
    __table_args__ = (
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
    """One message about one thing: unique by (kind, ref), so it is sent at most once.

    `no_grant` the shopper allowed none, `refused` WeChat had no grant left, `failed` WeChat
    refused it for good, `unknown` WeChat may have sent it: it isn't sent again.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("kind", "ref", name="uq_messages_kind_ref"),
        CheckConstraint(
            "status IN ('pending', 'sending', 'sent', 'no_grant', 'refused', 'failed', 'unknown')",
            name="status",
        ),
        Index("ix_messages_user_id_id", "user_id", "id"),
    )
    kind: Mapped[str] = mapped_column(Text)
    ref: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    template_id: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime | None]
    error_code: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)


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
