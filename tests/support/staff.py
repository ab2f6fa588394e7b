"""Staff for tests, logged in without a password."""

from __future__ import annotations

import secrets

from sqlalchemy import insert

from mall.kernel.db import transaction
from mall.staff import sessions
from mall.staff.models import Role, StaffMember, StaffRole
from mall.staff.roles import built_in_role


def make_staff(*permissions: str, username: str | None = None) -> str:
    """Somebody who holds exactly `permissions`, or `*`: the token. Needs an app context."""
    with transaction() as session:
        staff_id = session.execute(
            insert(StaffMember)
            .values(
                username=username or f"staff-{secrets.token_hex(4)}",
                display_name="店员",
                password_hash="!",  # no password matches
            )
            .returning(StaffMember.id)
        ).scalar_one()
        if permissions == ("*",):
            role_id = built_in_role(session)
        else:
            role_id = session.execute(
                insert(Role)
                .values(name=f"role-{secrets.token_hex(4)}", permissions=list(permissions))
                .returning(Role.id)
            ).scalar_one()
        session.execute(insert(StaffRole).values(staff_id=staff_id, role_id=role_id))
        token, _ = sessions.issue(session, staff_id)
    return token
