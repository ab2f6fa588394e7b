"""Who may do what to whom among the staff. One rule: nobody passes on, or has power over,
what they don't hold themselves; and the shop keeps an active administrator."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import Session

from mall.kernel.http.access import PERMISSIONS, Staff
from mall.staff.errors import BeyondOwnPermissions, LastAdmin, UnknownPermission, UnknownRole
from mall.staff.models import Role, StaffMember, StaffRole


def one_change_at_a_time(session: Session) -> None:
    """Let staff administration wait for itself, so that what was checked stays true.

    Rare and short; without it two administrators could disable each other.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('mall.staff', 0))"))


def require_known(permissions: Collection[str]) -> None:
    """Raises UnknownPermission; `*` is one too."""
    for permission in permissions:
        if permission not in PERMISSIONS.items():
            raise UnknownPermission(f"没有这项权限：{permission[:40]}", param="permissions")


def require_own(actor: Staff, permissions: Iterable[str]) -> None:
    """Raises BeyondOwnPermissions unless the actor holds all of them."""
    if not all(actor.may(permission) for permission in permissions):
        raise BeyondOwnPermissions


def permissions_of(session: Session, staff_id: int) -> set[str]:
    """What a staff member holds by all roles together."""
    held = session.scalars(
        select(Role.permissions)
        .join(StaffRole, StaffRole.role_id == Role.id)
        .where(StaffRole.staff_id == staff_id)
    )
    return {permission for permissions in held for permission in permissions}


def permissions_in(session: Session, role_ids: Collection[int]) -> set[str]:
    """What these roles grant. Raises UnknownRole if one of them doesn't exist."""
    found = session.scalars(select(Role).where(Role.id.in_(role_ids))).all()
    if len(found) != len(set(role_ids)):
        raise UnknownRole(param="role_ids")
    return {permission for role in found for permission in role.permissions}


def has_admin(session: Session) -> bool:
    """Whether anybody active holds the built-in role."""
    active = (
        select(StaffMember.id)
        .join(StaffRole, StaffRole.staff_id == StaffMember.id)
        .join(Role, Role.id == StaffRole.role_id)
        .where(StaffMember.disabled_at.is_(None), Role.built_in)
    )
    return bool(session.scalar(select(exists(active))))


def require_admin(session: Session) -> None:
    """Raises LastAdmin when a change has left no active administrator."""
    if not has_admin(session):
        raise LastAdmin


def count_members(session: Session, role_id: int) -> int:
    """How many staff members have a role."""
    members = select(func.count()).select_from(StaffRole).where(StaffRole.role_id == role_id)
    return session.scalar(members) or 0
