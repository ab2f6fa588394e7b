"""The table of approvals."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Created, Identified

PENDING, APPROVED, REJECTED = "pending", "approved", "rejected"
WITHDRAWN, EXPIRED = "withdrawn", "expired"
STATES = (PENDING, APPROVED, REJECTED, WITHDRAWN, EXPIRED)
"""Pending ends in one of the others, which are final."""


class Approval(Identified, Created):
    """A request that waits for, or has, the decision of another staff member.

    `ref` is what the request is about, in the words of its kind (an order number). `payload` is
    all that carrying it out needs, without personal data. `requested_by` is NULL for a request
    of the system. `result` is what came of an approval (a refund number).
    """

    __tablename__ = "approvals"
    __table_args__ = (
        CheckConstraint(
            "status IN ('pending', 'approved', 'rejected', 'withdrawn', 'expired')", name="status"
        ),
        CheckConstraint("(status = 'pending') = (ended_at IS NULL)", name="ended"),
        CheckConstraint(
            "(status IN ('approved', 'rejected')) = (decided_by IS NOT NULL)", name="decided"
        ),
        CheckConstraint("decided_by <> requested_by", name="four_eyes"),
        Index(
            "uq_approvals_open",
            "kind",
            "ref",
            unique=True,
            postgresql_where=text("status = 'pending'"),
        ),
        Index("ix_approvals_expires_at", "expires_at", postgresql_where=text("status = 'pending'")),
        Index("ix_approvals_status", "status", "id"),
        Index("ix_approvals_kind", "kind", "id"),
        Index("ix_approvals_ref", "ref", "id"),
        Index("ix_approvals_requested_by", "requested_by", "id"),
    )
    kind: Mapped[str] = mapped_column(Text)
    ref: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    reason: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default=text("'pending'"))
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id"))
    expires_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id"))
    comment: Mapped[str | None] = mapped_column(Text)
    result: Mapped[str | None] = mapped_column(Text)
    ended_at: Mapped[datetime | None]
