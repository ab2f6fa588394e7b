"""The table of invites."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified


class ReferralInvite(Created, Identified, Base):
    """An invitee who has bought under a binding: one a binding, one an invitee.

    `order_id` is their first order. `orders_settled` counts what is settled and wasn't refunded
    whole, of all that they ordered under the binding. `qualified_at` is when the invite came to
    count for sure, as long as it does.
    """

    __tablename__ = "referral_invites"
    __table_args__ = (
        UniqueConstraint("binding_id"),
        UniqueConstraint("invitee_id"),
        CheckConstraint("status IN ('ordered', 'waiting', 'qualified', 'void')", name="status"),
        CheckConstraint("(status = 'qualified') = (qualified_at IS NOT NULL)", name="qualified"),
        CheckConstraint("inviter_id <> invitee_id", name="another"),
        CheckConstraint("orders_settled >= 0", name="orders"),
        Index("ix_referral_invites_inviter_id", "inviter_id", "id"),
        Index("ix_referral_invites_order_id", "order_id"),
        Index(
            "ix_referral_invites_qualified",
            *("inviter_id", "qualified_at"),
            postgresql_where=text("status = 'qualified'"),
        ),
        Index("ix_referral_invites_waiting", "id", postgresql_where=text("status = 'waiting'")),
        Index(
            "ix_referral_invites_qualified_at",
            "qualified_at",
            postgresql_where=text("status = 'qualified'"),
        ),
        Index("ix_referral_invites_changed_at", "changed_at", **BY_TIME),
    )
    binding_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("referral_bindings.id"))
    inviter_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    invitee_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("orders.id"))
    status: Mapped[str] = mapped_column(Text)
    orders_settled: Mapped[int] = mapped_column(server_default=text("0"))
    qualified_at: Mapped[datetime | None]
    changed_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
