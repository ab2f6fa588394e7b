"""The table of bindings: each row one inviter and one invitee, from `bound_at` until its end."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified

EXPIRED, REPLACED, STAFF, CLOSED = "expired", "replaced", "staff", "closed"
REASONS = (EXPIRED, REPLACED, STAFF, CLOSED)


class Binding(Identified, Created, Base):
    """That an inviter brought an invitee (绑定). One of an invitee is open; the others are history.

    `bound_at` is when the invitee came or opened the share; `share_id` is that share, none when
    staff bound them. It holds until `expires_at`, if there is one, or until `ended_at`, for one
    of REASONS; by staff with their `note`.
    """

    __tablename__ = "referral_bindings"
    __table_args__ = (
        Index(
            "uq_referral_bindings_open",
            "invitee_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("inviter_id <> invitee_id", name="another"),
        CheckConstraint(
            "(ended_at IS NULL) = (end_reason IS NULL)"
            " AND end_reason IN ('expired', 'replaced', 'staff', 'closed')",
            name="ended",
        ),
        Index("ix_referral_bindings_inviter_id", "inviter_id", "id"),
        Index("ix_referral_bindings_invitee_id", "invitee_id", "id"),
        Index("ix_referral_bindings_share_id", "share_id"),
        Index("ix_referral_bindings_bound_at", "bound_at", **BY_TIME),
        Index("ix_referral_bindings_created_at", "created_at", **BY_TIME),
        Index(
            "ix_referral_bindings_expires_at",
            "expires_at",
            postgresql_where=text("ended_at IS NULL AND expires_at IS NOT NULL"),
        ),
    )
    inviter_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    invitee_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    share_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("shares.id", ondelete="SET NULL")
    )
    bound_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, server_default=text("''"))
    staff_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff_members.id"))
