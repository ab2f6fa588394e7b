"""Table of what staff decided when they ended an activity early."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Created, Identified

RUN, FORM, REFUND = "run", "form", "refund"
DECISIONS = (RUN, FORM, REFUND)
"""What becomes of an open team: it runs to its expiry; the shop fills what is missing, and it is
settled; who paid gets it back (a formed team runs on)."""


class GroupEnding(Identified, Created):
    """That staff ended an activity, and what becomes of its open teams.

    `exceptions` are decisions by team id (as text). `done_at`: every team has its verdict.
    """

    __tablename__ = "groupbuy_endings"
    __table_args__ = (
        CheckConstraint("decision IN ('run', 'form', 'refund')", name="decision"),
        Index("ix_groupbuy_endings_activity_id", "activity_id", "id"),
        Index("ix_groupbuy_endings_undone", "id", postgresql_where=text("done_at IS NULL")),
    )
    activity_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("groupbuy_activities.id"))
    decision: Mapped[str] = mapped_column(Text)
    exceptions: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))
    reason: Mapped[str] = mapped_column(Text)
    staff_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff_members.id"))
    done_at: Mapped[datetime | None]
