"""The account of a shopper: its lock, and the one way to write an entry.

Every change locks the account first, so all that one shopper's points do happens one after the
other, and lots need no locks of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from mall.kernel.prepared import PreparedStatement
from mall.points.ledger.errors import PointsShort

_LOCK = PreparedStatement(
    "SELECT available, frozen, held, debt FROM points_accounts WHERE user_id = :user_id FOR UPDATE"
)
_OPEN = PreparedStatement(
    "INSERT INTO points_accounts (user_id) VALUES (:user_id) ON CONFLICT (user_id) DO NOTHING"
)
_ENTRY = "SELECT FROM points_entries WHERE kind = :kind AND source = :source"


def writing(*, unless: str = _ENTRY, then: str = "", result: str = "NULL") -> PreparedStatement:
    """A statement that moves a locked account and writes the entry, `unless` that finds a row.

    `then` are further parts, which may use what was `written` (user_id, id). Its row: whether the
    account was `moved`, the entry's `id`, and the `result` of the further parts.
    """
    return PreparedStatement(
        f"""
        WITH moved AS (
            UPDATE points_accounts
            SET available = available + :available, frozen = frozen + :frozen,
                held = held + :held, debt = debt + :debt
            WHERE user_id = :user_id AND available + :available >= 0 AND frozen + :frozen >= 0
              AND held + :held >= 0 AND debt + :debt >= 0 AND NOT EXISTS ({unless})
            RETURNING user_id
        ), written AS (
            INSERT INTO points_entries
                (user_id, kind, source, available, frozen, held, debt, note, staff_id)
            SELECT user_id, :kind, :source, :available, :frozen, :held, :debt, :note,
                   CAST(:staff_id AS bigint)
            FROM moved
            ON CONFLICT (kind, source) DO NOTHING
            RETURNING user_id, id
        ){then}
        SELECT EXISTS (SELECT FROM moved) AS moved, (SELECT id FROM written) AS id,
               {result} AS result
        """  # noqa: S608
    )


WRITE = writing()
_FIND = PreparedStatement("SELECT id FROM points_entries WHERE kind = :kind AND source = :source")


@dataclass(frozen=True, slots=True)
class Change:
    """What an entry changes, in points."""

    available: int = 0
    frozen: int = 0
    held: int = 0
    debt: int = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an entry is made: once a (kind, source). By hand: by whom, and in which words."""

    kind: str
    source: str
    note: str = ""
    staff_id: int | None = None


def lock(session: Session, user_id: int) -> Any:
    """Lock the account, made if there is none; what is in it."""
    found = _LOCK.first(session, user_id=user_id)
    while found is None:
        _OPEN.rows(session, user_id=user_id)
        found = _LOCK.first(session, user_id=user_id)
    return found


def entry_of(session: Session, reason: Reason) -> int | None:
    """The entry that was made for this reason before, if any."""
    found = _FIND.first(session, kind=reason.kind, source=reason.source)
    return None if found is None else found.id


def write(session: Session, user_id: int, reason: Reason, change: Change) -> int:
    """Write an entry and move the account by it; the entry's id. The account is locked.

    Raises PointsShort when something would fall below zero.
    """
    made = write_by(WRITE, session, user_id, reason, change)
    if made is not None:
        return int(made.id)
    if entry_of(session, reason) is not None:
        raise _second(reason)
    raise PointsShort


def write_by(
    statement: PreparedStatement,
    session: Session,
    user_id: int,
    reason: Reason,
    change: Change,
    **more: Any,
) -> Any:
    """The same by a statement of `writing`: its row; None when nothing was moved."""
    (made,) = statement.rows(
        session,
        user_id=user_id,
        kind=reason.kind,
        source=reason.source,
        note=reason.note,
        staff_id=reason.staff_id,
        available=change.available,
        frozen=change.frozen,
        held=change.held,
        debt=change.debt,
        **more,
    )
    if not made.moved:
        return None
    if made.id is None:  # another shopper has it, since a moment
        raise _second(reason)
    return made


def _second(reason: Reason) -> RuntimeError:
    return RuntimeError(f"a second entry: {reason.kind} {reason.source}")
