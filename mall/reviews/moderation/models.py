"""The table of moderated contents."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified


class ModeratedContent(Created, Identified, Base):
    """Something that a shopper wrote: `kind` and `ref` say what. Each edit is a next `version`.

    `manual`: a human must decide; `findings` are what the machine found. `reason` is what its
    writer reads of a refusal or hiding. `user_id` is NULL for an import or a closed account.
    """

    __tablename__ = "moderated_contents"
    __table_args__ = (
        UniqueConstraint("kind", "ref"),
        CheckConstraint(
            "status IN ('pending', 'approved', 'refused', 'hidden', 'withdrawn')", name="status"
        ),
        CheckConstraint("version > 0", name="version"),
        Index("ix_moderated_contents_user_id", "user_id"),
        Index("ix_moderated_contents_pending", "id", postgresql_where=sql("status = 'pending'")),
        Index("ix_moderated_contents_manual", "id", postgresql_where=sql("manual")),
        Index(
            "ix_moderated_contents_objected", "id", postgresql_where=sql("objected_at IS NOT NULL")
        ),
        Index(
            "ix_moderated_contents_findings",
            "findings",
            postgresql_using="gin",
            postgresql_ops={"findings": "jsonb_path_ops"},
        ),
        Index("ix_moderated_contents_changed_at", "changed_at", **BY_TIME),
    )
    kind: Mapped[str] = mapped_column(Text)
    ref: Mapped[int]
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    version: Mapped[int] = mapped_column(SmallInteger, server_default=sql("1"))
    text: Mapped[str] = mapped_column(Text)
    pictures: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=sql("'{}'"))
    video: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    manual: Mapped[bool] = mapped_column(server_default=sql("false"))
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=sql("'[]'"))
    reason: Mapped[str | None] = mapped_column(Text)
    legal_reason: Mapped[str | None] = mapped_column(Text)
    objection: Mapped[str | None] = mapped_column(Text)
    objected_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff_members.id"))
    changed_at: Mapped[datetime] = mapped_column(server_default=sql("clock_timestamp()"))
