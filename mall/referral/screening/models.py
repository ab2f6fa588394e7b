"""Tables of screening: how each binding stands, and what may be compared with others."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created

WAITING, CLEAR, HELD, VOID = "waiting", "clear", "held", "void"
STANDINGS = (WAITING, CLEAR, HELD, VOID)
DEVICE, ADDRESS, PHONE, PHONE_PREFIX = "device", "address", "phone", "phone_prefix"
"""What is compared: a device; the whole address of an order, its receiver's phone, the phone's
first eight digits within its region."""


class Screening(Created, Base):
    """How a binding stands. `score` is 0 to 100 with its `reasons` (name → points), as last
    counted. `waiting` hasn't ordered anything yet. What staff decided (`decided_at`, `staff_id`,
    `note`) no score changes."""

    __tablename__ = "referral_screenings"
    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'clear', 'held', 'void')", name="status"),
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
        CheckConstraint("(decided_at IS NULL) = (staff_id IS NULL)", name="decided"),
        Index(
            "ix_referral_screenings_held", "binding_id", postgresql_where=text("status = 'held'")
        ),
        Index("ix_referral_screenings_score", "score", "binding_id"),
        Index("ix_referral_screenings_created_at", "created_at", **BY_TIME),
    )
    binding_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("referral_bindings.id"), primary_key=True, autoincrement=False
    )
    status: Mapped[str] = mapped_column(Text, server_default=text("'waiting'"))
    score: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    reasons: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    scored_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    decided_at: Mapped[datetime | None]
    staff_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff_members.id"))
    note: Mapped[str] = mapped_column(Text, server_default=text("''"))


class Trait(Base):
    """A keyed hash of something of a shopper's that fakes tend to share. The thing itself is
    nowhere here; the hash goes after `referral.trait_days`."""

    __tablename__ = "referral_traits"
    __table_args__ = (
        CheckConstraint("kind IN ('device', 'address', 'phone', 'phone_prefix')", name="kind"),
        Index("ix_referral_traits_kind_digest", "kind", "digest", "user_id"),
        Index("ix_referral_traits_seen_at", "seen_at"),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
