"""Login of staff, with a lock after five failures that is exact however many try at once.

An attempt is counted as failed before the password is looked at, and cleared when it was
right. So the sixth attempt is refused even if all six came in the same instant. Whatever
is wrong, the answer is the same and costs one hash.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import case, func, text, update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.http.access import Staff
from mall.staff import passwords, sessions
from mall.staff.audit import record
from mall.staff.errors import LoginFailed
from mall.staff.models import StaffMember

MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class StaffLogin:
    """A fresh login. The token is shown this once."""

    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """Who has just proved to know the password."""

    staff_id: int
    username: str
    password_hash: str = field(repr=False)


def log_in(username: str, password: str) -> StaffLogin:
    """Open a session. Raises LoginFailed."""
    known = prove(username, password)
    with transaction() as session:
        clear_failures(session, known)
        token, expires_at = sessions.issue(session, known.staff_id)
        _record(session, "staff.login", known)
    return StaffLogin(token, expires_at)


def log_out(session_id: int) -> None:
    """Revoke the session in use."""
    with transaction() as session:
        sessions.revoke(session, session_id)


def change_password(staff: Staff, current: str, new: str) -> None:
    """Replace one's own password and end every session, this one too.

    Raises LoginFailed for a wrong current password (it counts as a failure) or WeakPassword.
    """
    passwords.require_strong(new, username=staff.username, current=current)
    known = prove(staff.username, current)
    new_hash = passwords.hash_password(new)
    with transaction() as session:
        clear_failures(session, known)
        session.execute(
            update(StaffMember)
            .where(StaffMember.id == known.staff_id)
            .values(password_hash=new_hash)
        )
        sessions.revoke_all(session, known.staff_id)
        _record(session, "staff.change_password", known)


def prove(username: str, password: str) -> Known:
    """Check a password; the attempt stays counted until `clear_failures`. Raises LoginFailed."""
    known = count_attempt(username.lower())
    right = passwords.matches(known.password_hash if known else passwords.decoy_hash(), password)
    if known is None or not right:
        raise LoginFailed
    return known


def clear_failures(session: Session, known: Known) -> None:
    """Forget the failures of somebody who knew the password.

    Raises LoginFailed if the password was changed or the account disabled meanwhile.
    """
    still = session.execute(
        update(StaffMember)
        .where(
            StaffMember.id == known.staff_id,
            StaffMember.password_hash == known.password_hash,
            StaffMember.disabled_at.is_(None),
        )
        .values(failed_logins=0, locked_until=None)
        .returning(StaffMember.id)
    ).first()
    if still is None:
        raise LoginFailed


def count_attempt(username: str) -> Known | None:
    """Count one attempt as failed; None if the account is unknown, disabled or locked."""
    lock_over = StaffMember.locked_until.is_not(None)  # the WHERE lets only past ones through
    failures = case((lock_over, 1), else_=StaffMember.failed_logins + 1)
    with transaction() as session:
        # Without waiting for the disk, or an existing name would show by its slower answer.
        session.execute(text("SET LOCAL synchronous_commit = off"))
        row = session.execute(
            update(StaffMember)
            .where(
                StaffMember.username == username,
                StaffMember.disabled_at.is_(None),
                func.coalesce(StaffMember.locked_until, text("'-infinity'"))
                <= func.clock_timestamp(),
            )
            .values(
                failed_logins=failures,
                locked_until=case(
                    (failures >= MOST_FAILURES, func.clock_timestamp() + LOCKED_FOR), else_=None
                ),
            )
            .returning(
                StaffMember.id,
                StaffMember.username,
                StaffMember.password_hash,
                StaffMember.failed_logins,
            )
        ).one_or_none()
        if row is None:
            return None
        known = Known(row.id, row.username, row.password_hash)
        if row.failed_logins == MOST_FAILURES:
            _record(session, "staff.lock", known)
    return known


def _record(session: Session, action: str, known: Known) -> None:
    record(
        session,
        action=action,
        target_type="staff",
        target_id=known.staff_id,
        by=Staff(known.staff_id, known.username, session_id=0),
    )
