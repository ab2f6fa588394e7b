"""Staff members: made, changed, disabled, given a new password. Never deleted."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.kernel.db import constraint_of, transaction
from mall.kernel.errors import NotFound
from mall.kernel.http.access import Staff
from mall.staff import passwords, sessions
from mall.staff.audit import record
from mall.staff.authority import (
    one_change_at_a_time,
    permissions_in,
    permissions_of,
    require_admin,
    require_own,
)
from mall.staff.errors import UsernameTaken
from mall.staff.models import StaffMember, StaffRole


def create_staff(
    actor: Staff, username: str, display_name: str, role_ids: Collection[int]
) -> tuple[int, str]:
    """Make a staff member with a random password: (id, password), shown this once.

    Raises UsernameTaken, UnknownRole or BeyondOwnPermissions.
    """
    password = passwords.random_password()
    password_hash = passwords.hash_password(password)
    with transaction() as session:
        one_change_at_a_time(session)
        require_own(actor, permissions_in(session, role_ids))
        staff_id = insert_member(session, username, display_name, password_hash)
        set_roles(session, staff_id, role_ids)
        after = describe(session, staff_id)
        _record(session, "staff.create", staff_id, after=after)
    return staff_id, password


def change_staff(
    actor: Staff, staff_id: int, display_name: str, role_ids: Collection[int], *, disabled: bool
) -> None:
    """Replace name, roles and state. Disabling ends every session at once.

    Raises NotFound, UnknownRole, BeyondOwnPermissions or LastAdmin.
    """
    with transaction() as session:
        one_change_at_a_time(session)
        before = describe(session, staff_id)
        held = permissions_of(session, staff_id)
        require_own(actor, held | permissions_in(session, role_ids))
        session.execute(
            update(StaffMember)
            .where(StaffMember.id == staff_id)
            .values(
                display_name=display_name,
                disabled_at=func.coalesce(StaffMember.disabled_at, func.now())
                if disabled
                else None,
            )
        )
        set_roles(session, staff_id, role_ids)
        if disabled:
            sessions.revoke_all(session, staff_id)
        if "*" in held:
            require_admin(session)
        _record(session, "staff.update", staff_id, before, describe(session, staff_id))


def reset_password(actor: Staff, staff_id: int) -> str:
    """Give somebody a random password, shown this once; sessions end, a lock is lifted.

    Raises NotFound or BeyondOwnPermissions: whoever sets a password can use the account.
    """
    password = passwords.random_password()
    password_hash = passwords.hash_password(password)
    with transaction() as session:
        one_change_at_a_time(session)
        describe(session, staff_id)
        require_own(actor, permissions_of(session, staff_id))
        replace_password(session, staff_id, password_hash)
    return password


def replace_password(session: Session, staff_id: int, password_hash: str) -> None:
    """Set a password, end every session and any lock, and leave a row of it."""
    session.execute(
        update(StaffMember)
        .where(StaffMember.id == staff_id)
        .values(password_hash=password_hash, failed_logins=0, locked_until=None)
    )
    sessions.revoke_all(session, staff_id)
    _record(session, "staff.reset_password", staff_id)


def insert_member(session: Session, username: str, display_name: str, password_hash: str) -> int:
    """The row itself. Raises UsernameTaken."""
    try:
        staff_id: int = session.execute(
            insert(StaffMember)
            .values(username=username, display_name=display_name, password_hash=password_hash)
            .returning(StaffMember.id)
        ).scalar_one()
    except IntegrityError as error:
        if constraint_of(error) != "uq_staff_members_username":
            raise
        raise UsernameTaken(param="username") from None
    return staff_id


def set_roles(session: Session, staff_id: int, role_ids: Collection[int]) -> None:
    """Make these the roles of a staff member."""
    session.execute(delete(StaffRole).where(StaffRole.staff_id == staff_id))
    if role_ids:
        rows = [{"staff_id": staff_id, "role_id": role_id} for role_id in sorted(set(role_ids))]
        session.execute(insert(StaffRole), rows)


def describe(session: Session, staff_id: int) -> dict[str, Any]:
    """A staff member as the trail keeps one. Raises NotFound."""
    found = session.execute(
        select(StaffMember.username, StaffMember.display_name, StaffMember.disabled_at).where(
            StaffMember.id == staff_id
        )
    ).one_or_none()
    if found is None:
        raise NotFound(param="staff_id")
    role_ids = session.scalars(
        select(StaffRole.role_id).where(StaffRole.staff_id == staff_id).order_by(StaffRole.role_id)
    )
    return {
        "username": found.username,
        "display_name": found.display_name,
        "disabled": found.disabled_at is not None,
        "role_ids": [str(role_id) for role_id in role_ids],
    }


def _record(
    session: Session,
    action: str,
    staff_id: int,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    record(
        session, action=action, target_type="staff", target_id=staff_id, before=before, after=after
    )
