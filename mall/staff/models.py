"""Tables of the staff: people, roles, sessions, and the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import Base, Created, Identified


class StaffMember(Identified, Created):
    """Somebody who works for the shop. Never deleted, only disabled: the trail names them.

    `failed_logins` counts attempts since the last success; see `logging_in`.
    """

    __tablename__ = "staff_members"
    __table_args__ = (UniqueConstraint("username"),)
    username: Mapped[str] = mapped_column(Text)
    display_name: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    failed_logins: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    locked_until: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]


class Role(Identified, Created):
    """A named set of permissions. The built-in one holds `*`, which no other may."""

    __tablename__ = "staff_roles"
    __table_args__ = (
        UniqueConstraint("name"),
        CheckConstraint("built_in = ('*' = ANY (permissions))", name="only_built_in_holds_all"),
        Index(
            "uq_staff_roles_built_in", "built_in", unique=True, postgresql_where=text("built_in")
        ),
    )
    name: Mapped[str] = mapped_column(Text)
    permissions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    built_in: Mapped[bool] = mapped_column(server_default=text("false"))


class StaffRole(Base):
    """That somebody has a role."""

    __tablename__ = "staff_member_roles"
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_members.id"), primary_key=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("staff_roles.id"), primary_key=True, index=True)


class StaffSession(Identified, Created):
    """A login. Revoking it deletes the row; the token itself is nowhere."""

    __tablename__ = "staff_sessions"
    __table_args__ = (UniqueConstraint("token_hash"),)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_members.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class AuditEntry(Identified, Created):
    """Who did what to what. A trigger refuses to change or delete an entry."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_target", "target_type", "target_id", "id"),
        Index("ix_audit_entries_staff_id", "staff_id", "id"),
        Index("ix_audit_entries_action", "action", "id"),
        Index("ix_audit_entries_created_at", "created_at"),
        Index(
            "ix_audit_entries_request_id",
            "request_id",
            "id",
            postgresql_where=text("request_id IS NOT NULL"),
        ),
    )
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id"))
    actor: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    target_type: Mapped[str] = mapped_column(Text)
    target_id: Mapped[str] = mapped_column(Text)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    request_id: Mapped[str | None] = mapped_column(Text)
