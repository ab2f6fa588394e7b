"""Tables of promoters: agreements, levels, who is a promoter, and how it came to that."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified

APPLIED, ACTIVE, REFUSED, BLOCKED, ENDED = "applied", "active", "refused", "blocked", "ended"
STATUSES = (APPLIED, ACTIVE, REFUSED, BLOCKED, ENDED)
BY_APPLICATION, BY_SETTING, BY_GROWTH = "application", "setting", "growth"
BY_STAFF, BY_SHOPPER, BY_CLOSING = "staff", "shopper", "closing"
CAUSES = (BY_APPLICATION, BY_SETTING, BY_GROWTH, BY_STAFF, BY_SHOPPER, BY_CLOSING)
_STATUSES = ", ".join(f"'{status}'" for status in STATUSES)
_CAUSES = ", ".join(f"'{cause}'" for cause in CAUSES)
_NO = text("false")


class PromoterAgreement(Created, Base):
    """A version of the agreement; a row never changes. From `in_force_at` on, only who has
    accepted this version (or a later one) is paid as a promoter."""

    __tablename__ = "promoter_agreements"
    __table_args__ = (CheckConstraint("version > 0", name="version"),)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    in_force_at: Mapped[datetime]


class PromoterLevel(Identified, Created):
    """A level of promoters. A new promoter begins at the lowest position."""

    __tablename__ = "promoter_levels"
    __table_args__ = (
        UniqueConstraint("position", name="uq_promoter_levels_position"),
        UniqueConstraint("name", name="uq_promoter_levels_name"),
        CheckConstraint("position BETWEEN 1 AND 99", name="position"),
    )
    name: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(SmallInteger)


class Promoter(Created, Base):
    """A shopper who applied for being a promoter; one row a shopper, for good.

    `agreement_version` was accepted at `agreed_at`. `active_at` is when the present time as a
    promoter began. `note` is what the shopper wrote with the application, `reason` what staff said
    at the last decision. `level_fixed`: staff set the level, growth leaves it alone.
    `staff_first`: staff refused or ended them before, so the next application waits for staff.
    """

    __tablename__ = "promoters"
    __table_args__ = (
        CheckConstraint(f"status IN ({_STATUSES})", name="status"),
        CheckConstraint(
            "status NOT IN ('active', 'blocked') OR active_at IS NOT NULL", name="active"
        ),
        Index("ix_promoters_applied", "applied_at", postgresql_where=text("status = 'applied'")),
        Index("ix_promoters_status_user_id", "status", "user_id"),
        Index("ix_promoters_level_id", "level_id", "user_id"),
        Index("ix_promoters_created_at", "created_at", **BY_TIME),
        Index("ix_promoters_applied_at", "applied_at"),
    )
    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id"), primary_key=True, autoincrement=False
    )
    status: Mapped[str] = mapped_column(Text)
    level_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("promoter_levels.id"))
    level_fixed: Mapped[bool] = mapped_column(server_default=_NO)
    agreement_version: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("promoter_agreements.version")
    )
    agreed_at: Mapped[datetime]
    applied_at: Mapped[datetime]
    active_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    staff_first: Mapped[bool] = mapped_column(server_default=_NO)


class PromoterAcceptance(Base):
    """That a shopper accepted a version of the agreement, and when: kept for good."""

    __tablename__ = "promoter_acceptances"
    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id"), primary_key=True, autoincrement=False
    )
    version: Mapped[int] = mapped_column(
        BigInteger,
        ForeignKey("promoter_agreements.version"),
        primary_key=True,
        autoincrement=False,
    )
    accepted_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class PromoterChange(Identified, Created):
    """A change of a promoter's status or level, why (`cause`) and by whom. Rows never change.

    `rule_id` is the growth rule that was met.
    """

    __tablename__ = "promoter_changes"
    __table_args__ = (
        CheckConstraint(
            f"old_status IN ({_STATUSES}) AND new_status IN ({_STATUSES})", name="status"
        ),
        CheckConstraint(f"cause IN ({_CAUSES})", name="cause"),
        CheckConstraint("(cause = 'growth') = (rule_id IS NOT NULL)", name="rule"),
        Index("ix_promoter_changes_user_id_id", "user_id", "id"),
        Index("ix_promoter_changes_created_at", "created_at", **BY_TIME),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    old_status: Mapped[str | None] = mapped_column(Text)
    new_status: Mapped[str] = mapped_column(Text)
    old_level_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("promoter_levels.id"))
    new_level_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("promoter_levels.id"))
    cause: Mapped[str] = mapped_column(Text)
    rule_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("promoter_growth_rules.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    staff_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff_members.id"))
