"""Holds: points are reserved, then spent (`settle`) or free again (`release`); or spent at once.

A hold is found by its source, once for each. All of this is safe to repeat.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from mall.kernel.db import db_now
from mall.kernel.ledger import Reason
from mall.kernel.prepared import PreparedStatement
from mall.points.ledger import accounts, lots
from mall.points.ledger.accounts import Change
from mall.points.ledger.errors import PointsShort
from mall.points.ledger.expiring import lock_current
from mall.points.ledger.forfeiting import forfeit, is_closed
from mall.points.ledger.kinds import HOLD, RELEASE, RETURN, SETTLE
from mall.points.ledger.models import HELD, RELEASED, SETTLED
from mall.points.ledger.posting import pay_debt
from mall.points.ledger.validity import returned_until

_FIND = PreparedStatement(
    "SELECT id, user_id, points, status, returned FROM points_holds WHERE source = :source"
)
_MAKE = accounts.writing(
    unless="SELECT FROM points_holds WHERE source = :source",
    then="""
    , made AS (
        INSERT INTO points_holds (user_id, source, points, status)
        SELECT user_id, :source, :points, :status FROM written RETURNING id
    )
    """,
    result="(SELECT id FROM made)",
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


def hold(session: Session, user_id: int, source: str, points: int, *, kind: str = HOLD) -> int:
    """Reserve available points, those that expire first; the hold's id. `kind` is the entry's.

    Raises PointsShort. A repeat answers with the first hold.
    """
    change = Change(available=-points, held=points)
    return _make(session, user_id, Reason(kind, source), change, HELD)


def spend(session: Session, user_id: int, reason: Reason, points: int) -> int:
    """Take available points at once; the id of a settled hold, which `give_back` finds.

    The source of `reason` is the hold's, too. Raises PointsShort. A repeat answers with the first.
    """
    return _make(session, user_id, reason, Change(available=-points), SETTLED)


def settle(session: Session, source: str) -> int:
    """What is held is spent; how many points. Nothing when there is no such hold, or it ended."""
    found = _FIND.first(session, source=source)
    if found is None:
        return 0
    accounts.lock(session, found.user_id)
    if not _END.rows(session, hold_id=found.id, status=SETTLED):
        return 0
    accounts.write(session, found.user_id, Reason(SETTLE, source), Change(held=-found.points))
    return int(found.points)


def release(session: Session, source: str, *, kind: str = RELEASE) -> int:
    """What is held is available again, and pays a debt first; how many points."""
    found, account = _lock(session, source)
    if found is None or not _END.rows(session, hold_id=found.id, status=RELEASED):
        return 0
    change = Change(held=-found.points, available=found.points)
    _bring_back(session, account, found, Reason(kind, source), change)
    return int(found.points)


def give_back(session: Session, source: str, in_all: int, *, kind: str = RETURN) -> int:
    """Of a settled hold `in_all` points have come back then; how many did now.

    They pay a debt first. Fewer than before changes nothing. `kind` is the entry's.
    """
    found, account = _lock(session, source)
    if found is None or found.status != SETTLED or in_all <= found.returned:
        return 0
    back = min(in_all, found.points) - found.returned
    if not back:
        return 0
    _RETURN.rows(session, hold_id=found.id, in_all=found.returned + back)
    reason = Reason(kind, f"{source}:{found.returned + back}")
    _bring_back(session, account, found, reason, Change(available=back))
    return int(back)


def _make(session: Session, user_id: int, reason: Reason, change: Change, status: str) -> int:
    """A hold with what it takes from lots; its id."""
    lock_current(session, user_id)
    terms = {"points": -change.available, "status": status}
    made = accounts.write_by(_MAKE, session, user_id, reason, change, **terms)
    if made is None:
        known = _FIND.first(session, source=reason.source)
        if known is None:
            raise PointsShort
        return int(known.id)
    lots.take(session, user_id, made.id, -change.available, made.result)
    return int(made.result)


def _bring_back(session: Session, account: Any, found: Any, reason: Reason, change: Change) -> None:
    entry_id = accounts.write(session, found.user_id, reason, change)
    until = returned_until(db_now(session))
    lots.put_back(session, found.id, entry_id, change.available, until)
    if account.debt:
        pay_debt(session, found.user_id, entry_id)
    if is_closed(session, found.user_id):
        forfeit(session, found.user_id)


def _lock(session: Session, source: str) -> tuple[Any, Any]:
    """The hold and its shopper's account, locked; twice None when there is none."""
    found = _FIND.first(session, source=source)
    if found is None:
        return None, None
    account = lock_current(session, found.user_id)
    return _FIND.first(session, source=source), account
