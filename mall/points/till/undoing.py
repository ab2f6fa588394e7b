"""Staff undo an entry of the till, on the shop day on which it was made."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mall.kernel.clock import shop_day
from mall.kernel.db import db_now, transaction
from mall.kernel.ledger import Reason
from mall.points.ledger import accounts, holding
from mall.points.ledger.kinds import TILL_GRANT, TILL_UNDO
from mall.points.ledger.posting import reverse
from mall.points.till import limits
from mall.points.till.entering import may_serve, source_of
from mall.points.till.errors import TillEntryNotFound, TillEntryTooOld, TillEntryUndone
from mall.points.till.limits import Counted
from mall.points.till.models import GRANT, TillEntry
from mall.points.till.till_message import tell_of_undoing
from mall.staff.audit import record


def undo(staff_id: int, entry_id: int, reason: str) -> int:
    """Undo an entry of today; how many points the shopper owes now because of it.

    What was given is taken back, what is spent of it is owed. What was taken goes back to its
    lots. The limits of the day are free again. Raises TillEntryNotFound, TillNotHere,
    TillEntryUndone, TillEntryTooOld.
    """
    with transaction() as session:
        point_id = session.scalar(select(TillEntry.point_id).where(TillEntry.id == entry_id))
        if point_id is None:
            raise TillEntryNotFound
        may_serve(session, point_id, staff_id)
        counted = _mark(session, entry_id, staff_id, reason)
        limits.free(session, counted)
        debt = _move_back(session, entry_id, counted)
        tell_of_undoing(session, entry_id, counted.user_id)
        record(
            session,
            action="till.undo",
            target_type="shopper",
            target_id=counted.user_id,
            after={"entry_id": str(entry_id), "reason": reason, "debt": debt},
        )
        return debt


def _mark(session: Session, entry_id: int, staff_id: int, reason: str) -> Counted:
    today = shop_day(db_now(session))
    undone = session.execute(
        update(TillEntry)
        .where(TillEntry.id == entry_id, TillEntry.undone_at.is_(None), TillEntry.day == today)
        .values(undone_at=func.clock_timestamp(), undone_by=staff_id, undone_reason=reason)
        .returning(
            TillEntry.day,
            TillEntry.direction,
            TillEntry.points,
            TillEntry.point_id,
            TillEntry.staff_id,
            TillEntry.user_id,
        )
    ).one_or_none()
    if undone is not None:
        return Counted(*undone)
    undone_at = session.scalar(select(TillEntry.undone_at).where(TillEntry.id == entry_id))
    raise TillEntryTooOld if undone_at is None else TillEntryUndone


def _move_back(session: Session, entry_id: int, counted: Counted) -> int:
    if counted.direction != GRANT:
        holding.give_back(session, source_of(entry_id), counted.points, kind=TILL_UNDO)
        return 0
    granted = accounts.entry_of(session, Reason(TILL_GRANT, source_of(entry_id)))
    if granted is None:
        raise RuntimeError(f"till entry {entry_id} has given nothing")
    return reverse(session, granted).debt
