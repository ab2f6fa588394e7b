"""Holds: points are reserved, then spent (`settle`) or free again (`release`); or spent at once.

A hold is found by its source, once for each. All of this is safe to repeat.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from mall.kernel.db import db_now
from mall.kernel.prepared import PreparedStatement
from mall.points.ledger import accounts, lots
from mall.points.ledger.accounts import Change, Reason
from mall.points.ledger.expiring import lock_current
from mall.points.ledger.forfeiting import forfeit, is_closed
from mall.points.ledger.kinds import HOLD, RELEASE, RETURN, SETTLE
from mall.points.ledger.models import HELD, RELEASED, SETTLED
from mall.points.ledger.posting import pay_debt
from mall.points.ledger.validity import returned_until

_FIND = PreparedStatement(
    "SELECT id, user_id, points, status, returned FROM points_holds WHERE source = :source"
)
_MAKE = PreparedStatement(
    """
    INSERT INTO points_holds (user_id, source, points, status)
    VALUES (:user_id, :source, :points, :status)
    RETURNING id
    """
)
_END = PreparedStatement(
    "UPDATE points_holds SET status = :status WHERE id = :hold_id AND status = 'held' RETURNING id"
)
_RETURN = PreparedStatement(
    """
    UPDATE points_holds SET returned = :in_all
    WHERE id = :hold_id AND status = 'settled' AND returned < :in_all RETURNING id
    """
)


def hold(session: Session, user_id: int, source: str, points: int) -> int:
    """Reserve available points, those that expire first; the hold's id.

    Raises PointsShort. A repeat answers with the first hold.
    """
    lock_current(session, user_id)
    known = _FIND.first(session, source=source)
    if known is not None:
        return int(known.id)
    change = Change(available=-points, held=points)
    entry_id = accounts.write(session, user_id, Reason(HOLD, source), change)
    return _take(session, user_id, entry_id, points, source=source, status=HELD)


def spend(session: Session, user_id: int, reason: Reason, points: int) -> int:
    """Take available points at once; the id of a settled hold, which `give_back` finds.

    The source of `reason` is the hold's, too. Raises PointsShort. A repeat answers with the first.
    """
    lock_current(session, user_id)
    known = _FIND.first(session, source=reason.source)
    if known is not None:
        return int(known.id)
    entry_id = accounts.write(session, user_id, reason, Change(available=-points))
    return _take(session, user_id, entry_id, points, source=reason.source, status=SETTLED)


def settle(session: Session, source: str) -> int:
    """What is held is spent; how many points. Nothing when there is no such hold, or it ended."""
    found = _lock(session, source)
    if found is None or not _end(session, found, SETTLED):
        return 0
    accounts.write(session, found.user_id, Reason(SETTLE, source), Change(held=-found.points))
    return int(found.points)


def release(session: Session, source: str) -> int:
    """What is held is available again, and pays a debt first; how many points."""
    found = _lock(session, source)
    if found is None or not _end(session, found, RELEASED):
        return 0
    change = Change(held=-found.points, available=found.points)
    _bring_back(session, found, Reason(RELEASE, source), change)
    return int(found.points)


def give_back(session: Session, source: str, in_all: int, *, kind: str = RETURN) -> int:
    """Of a settled hold `in_all` points have come back then; how many did now.

    They pay a debt first. Fewer than before changes nothing. `kind` is the entry's.
    """
    found = _lock(session, source)
    if found is None or found.status != SETTLED or in_all <= found.returned:
        return 0
    back = min(in_all, found.points) - found.returned
    if not back:
        return 0
    _RETURN.rows(session, hold_id=found.id, in_all=found.returned + back)
    reason = Reason(kind, f"{source}:{found.returned + back}")
    _bring_back(session, found, reason, Change(available=back))
    return int(back)


def _take(
    session: Session, user_id: int, entry_id: int, points: int, *, source: str, status: str
) -> int:
    """The hold of an entry, with the lots that it takes from; its id."""
    made = _MAKE.rows(session, user_id=user_id, source=source, points=points, status=status)
    hold_id = int(made[0].id)
    lots.take(session, user_id, entry_id, points, hold_id)
    return hold_id


def _bring_back(session: Session, found: Any, reason: Reason, change: Change) -> None:
    entry_id = accounts.write(session, found.user_id, reason, change)
    until = returned_until(db_now(session))
    lots.put_back(session, found.id, entry_id, change.available, until)
    pay_debt(session, found.user_id, entry_id)
    if is_closed(session, found.user_id):
        forfeit(session, found.user_id)


def _lock(session: Session, source: str) -> Any:
    """The hold, with its shopper's account locked; None when there is none."""
    found = _FIND.first(session, source=source)
    if found is None:
        return None
    lock_current(session, found.user_id)
    return _FIND.first(session, source=source)


def _end(session: Session, found: Any, status: str) -> bool:
    return found.status == HELD and bool(_END.rows(session, hold_id=found.id, status=status))
