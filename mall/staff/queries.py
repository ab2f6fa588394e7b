"""Reads of staff, roles and the trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.errors import NotFound
from mall.kernel.http.paging import Page, decode_cursor, page
from mall.staff.models import AuditEntry, Role, StaffMember, StaffRole


@dataclass(frozen=True, slots=True)
class StaffView:
    """A staff member with roles, without what proves them."""

    id: int
    username: str
    display_name: str
    disabled: bool
    locked_until: datetime | None
    created_at: datetime
    roles: list[Role]


@dataclass(frozen=True, slots=True)
class MeView:
    """Oneself, with what one may do."""

    staff: StaffView
    permissions: list[str]


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What to look for; None is anything. `since` is included, `until` isn't."""

    staff_id: int | None = None
    action: str | None = None
    target_type: str | None = None
    target_id: str | None = None
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def staff_member(session: Session, staff_id: int) -> StaffView:
    """One staff member. Raises NotFound."""
    found = session.scalar(select(StaffMember).where(StaffMember.id == staff_id))
    if found is None:
        raise NotFound(param="staff_id")
    return _views(session, [found])[0]


def staff_members(session: Session, cursor: str | None, limit: int) -> Page[StaffView]:
    """Staff members in the order in which they were made."""
    after = decode_cursor(cursor, (int,))
    query = select(StaffMember).order_by(StaffMember.id).limit(limit + 1)
    if after:
        query = query.where(StaffMember.id > after[0])
    views = _views(session, list(session.scalars(query)))
    return page(views, limit, lambda view: [view.id])


def all_staff(session: Session) -> list[StaffView]:
    """Everybody, for the command line."""
    return _views(session, list(session.scalars(select(StaffMember).order_by(StaffMember.id))))


def role(session: Session, role_id: int) -> Role:
    """One role. Raises NotFound."""
    found = session.scalar(select(Role).where(Role.id == role_id))
    if found is None:
        raise NotFound(param="role_id")
    return found


def roles(session: Session, cursor: str | None, limit: int) -> Page[Role]:
    """Roles in the order in which they were made."""
    after = decode_cursor(cursor, (int,))
    query = select(Role).order_by(Role.id).limit(limit + 1)
    if after:
        query = query.where(Role.id > after[0])
    return page(session.scalars(query).all(), limit, lambda found: [found.id])


def audit_entries(
    session: Session, wanted: AuditFilter, cursor: str | None, limit: int
) -> Page[AuditEntry]:
    """The trail, newest first."""
    before = decode_cursor(cursor, (int,))
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit + 1)
    for name in ("staff_id", "action", "target_type", "target_id", "request_id"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(getattr(AuditEntry, name) == value)
    if wanted.since is not None:
        query = query.where(AuditEntry.created_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.created_at < wanted.until)
    if before:
        query = query.where(AuditEntry.id < before[0])
    return page(session.scalars(query).all(), limit, lambda entry: [entry.id])


def _views(session: Session, members: list[StaffMember]) -> list[StaffView]:
    held: dict[int, list[Role]] = {member.id: [] for member in members}
    rows = session.execute(
        select(StaffRole.staff_id, Role)
        .join(Role, Role.id == StaffRole.role_id)
        .where(StaffRole.staff_id.in_(held))
        .order_by(Role.id)
    )
    for staff_id, found in rows:
        held[staff_id].append(found)
    return [
        StaffView(
            id=member.id,
            username=member.username,
            display_name=member.display_name,
            disabled=member.disabled_at is not None,
            locked_until=member.locked_until,
            created_at=member.created_at,
            roles=held[member.id],
        )
        for member in members
    ]
