"""Administrators by command line: whoever runs commands on the host is above the roles."""

from __future__ import annotations

from sqlalchemy import select

from mall.kernel.db import transaction
from mall.kernel.errors import NotFound
from mall.staff import passwords
from mall.staff.audit import record
from mall.staff.authority import has_admin, one_change_at_a_time
from mall.staff.members import describe, insert_member, replace_password, set_roles
from mall.staff.models import StaffMember
from mall.staff.roles import built_in_role


def create_admin(username: str, *, if_none: bool = False) -> str | None:
    """Make an administrator with a random password, given back this once.

    With `if_none` nothing is made, and None given, while an active administrator exists;
    several hosts may ask at once. Raises UsernameTaken.
    """
    password = passwords.random_password()
    password_hash = passwords.hash_password(password)
    with transaction() as session:
        one_change_at_a_time(session)
        if if_none and has_admin(session):
            return None
        staff_id = insert_member(session, username, username, password_hash)
        set_roles(session, staff_id, [built_in_role(session)])
        after = describe(session, staff_id)
        record(session, action="staff.create", target_type="staff", target_id=staff_id, after=after)
    return password


def reset_password_of(username: str) -> str:
    """Give somebody a random password; sessions end, a lock is lifted. Raises NotFound."""
    password = passwords.random_password()
    password_hash = passwords.hash_password(password)
    with transaction() as session:
        staff_id = session.scalar(select(StaffMember.id).where(StaffMember.username == username))
        if staff_id is None:
            raise NotFound
        replace_password(session, staff_id, password_hash)
    return password
