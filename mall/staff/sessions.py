"""A staff member's logins: opaque tokens, stored hashed, with a sliding expiry."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, text, update
from sqlalchemy.orm import Session

from mall.kernel import jobs
from mall.kernel.db import db, transaction
from mall.kernel.http.access import Staff
from mall.kernel.tokens import new_token, token_hash
from mall.staff.models import StaffSession
from mall.staff.settings import SESSION_MIN

SLIDE_AT_MOST_EVERY = timedelta(minutes=1)

_FIND = text(
    """
    SELECT s.id, m.id, m.username, s.expires_at < now() + :fresh,
           ARRAY(SELECT p FROM staff_member_roles mr
                 JOIN staff_roles r ON r.id = mr.role_id, unnest(r.permissions) p
                 WHERE mr.staff_id = m.id)
    FROM staff_sessions s JOIN staff_members m ON m.id = s.staff_id
    WHERE s.token_hash = :hash AND s.expires_at > now() AND m.disabled_at IS NULL
    """
)


def _life() -> timedelta:
    return timedelta(minutes=SESSION_MIN.get())


def staff_by_token(token: str) -> Staff | None:
    """The staff member who is logged in with `token`; None if unknown, expired or revoked.

    Permissions are read with each request, so that taking a role away works at once.
    """
    found = db.session.execute(
        _FIND, {"hash": token_hash(token), "fresh": _life() - SLIDE_AT_MOST_EVERY}
    ).one_or_none()
    if found is None:
        return None
    session_id, staff_id, username, due, permissions = found
    if due:
        _slide(session_id)
    return Staff(staff_id, username, session_id, frozenset(permissions))


def _slide(session_id: int) -> None:
    with transaction() as session:
        session.execute(
            update(StaffSession)
            .where(StaffSession.id == session_id)
            .values(expires_at=func.now() + _life())
        )


def issue(session: Session, staff_id: int) -> tuple[str, datetime]:
    """A new token of this staff member, and when it expires unless it is used before."""
    token, hashed = new_token()
    expires_at = session.execute(
        insert(StaffSession)
        .values(staff_id=staff_id, token_hash=hashed, expires_at=func.now() + _life())
        .returning(StaffSession.expires_at)
    ).scalar_one()
    return token, expires_at


def revoke(session: Session, session_id: int) -> None:
    """End one login."""
    session.execute(delete(StaffSession).where(StaffSession.id == session_id))


def revoke_all(session: Session, staff_id: int) -> None:
    """End every login of a staff member."""
    session.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id))


@jobs.job("staff.forget_expired_sessions", retry=jobs.SWEEP, cron="47 * * * *")
def forget_expired_sessions() -> None:
    """Drop sessions that expired; they are refused anyway."""
    with transaction() as session:
        session.execute(delete(StaffSession).where(StaffSession.expires_at < func.now()))
