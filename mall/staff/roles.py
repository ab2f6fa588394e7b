"""Roles: named sets of known permissions."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.kernel.db import constraint_of, transaction
from mall.kernel.errors import NotFound
from mall.kernel.http.access import ALL, Staff
from mall.staff.audit import record
from mall.staff.authority import count_members, one_change_at_a_time, require_known, require_own
from mall.staff.errors import RoleBuiltIn, RoleInUse, RoleNameTaken
from mall.staff.models import Role

BUILT_IN_NAME = "超级管理员"


def create_role(actor: Staff, name: str, permissions: Collection[str]) -> int:
    """Make a role. Raises RoleNameTaken, UnknownPermission or BeyondOwnPermissions."""
    with transaction() as session:
        one_change_at_a_time(session)
        _check(actor, permissions)
        values = _values(name, permissions)
        try:
            role_id: int = session.execute(
                insert(Role).values(values).returning(Role.id)
            ).scalar_one()
        except IntegrityError as error:
            raise _mapped(error) from None
        _record(session, "role.create", role_id, None, values)
    return role_id


def change_role(actor: Staff, role_id: int, name: str, permissions: Collection[str]) -> None:
    """Replace name and permissions; who has the role feels it with the next request.

    Raises NotFound, RoleBuiltIn, RoleNameTaken, UnknownPermission or BeyondOwnPermissions
    (for what the role holds now, too).
    """
    with transaction() as session:
        one_change_at_a_time(session)
        role = _own_role(session, actor, role_id)
        _check(actor, permissions)
        before, after = _values(role.name, role.permissions), _values(name, permissions)
        try:
            session.execute(update(Role).where(Role.id == role_id).values(after))
        except IntegrityError as error:
            raise _mapped(error) from None
        _record(session, "role.update", role_id, before, after)


def delete_role(actor: Staff, role_id: int) -> None:
    """Delete a role that nobody has.

    Raises NotFound, RoleBuiltIn, RoleInUse or BeyondOwnPermissions.
    """
    with transaction() as session:
        one_change_at_a_time(session)
        role = _own_role(session, actor, role_id)
        if count_members(session, role_id):
            raise RoleInUse
        session.execute(delete(Role).where(Role.id == role_id))
        _record(session, "role.delete", role_id, _values(role.name, role.permissions), None)


def built_in_role(session: Session) -> int:
    """The administrators' role, made when it is first needed."""
    role_id = session.scalar(select(Role.id).where(Role.built_in))
    if role_id is None:
        role_id = session.execute(
            insert(Role)
            .values(name=BUILT_IN_NAME, permissions=[ALL], built_in=True)
            .returning(Role.id)
        ).scalar_one()
    return role_id


def _own_role(session: Session, actor: Staff, role_id: int) -> Role:
    role = session.scalar(select(Role).where(Role.id == role_id))
    if role is None:
        raise NotFound(param="role_id")
    if role.built_in:
        raise RoleBuiltIn
    require_own(actor, role.permissions)
    return role


def _check(actor: Staff, permissions: Collection[str]) -> None:
    require_known(permissions)
    require_own(actor, permissions)


def _values(name: str, permissions: Collection[str]) -> dict[str, Any]:
    return {"name": name, "permissions": sorted(set(permissions))}


def _mapped(error: IntegrityError) -> Exception:
    if constraint_of(error) == "uq_staff_roles_name":
        return RoleNameTaken(param="name")
    return error


def _record(
    session: Session,
    action: str,
    role_id: int,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    record(
        session, action=action, target_type="role", target_id=role_id, before=before, after=after
    )
