"""Points expire by lot, at the end of a shop day.

Nobody can spend what has expired, swept or not: whoever changes an account expires first what
is due in it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.prepared import PreparedStatement
from mall.points.ledger import accounts, lots
from mall.points.ledger.accounts import Change, Reason
from mall.points.ledger.kinds import EXPIRE
from mall.points.ledger.models import PointsAccount, PointsLot

BATCH = 200
_DUE = PreparedStatement(
    """
    SELECT id, remaining, expires_at FROM points_lots
    WHERE user_id = :user_id AND remaining > 0 AND NOT frozen
      AND expires_at <= clock_timestamp()
    ORDER BY expires_at, id
    """
)
_MARK = PreparedStatement("UPDATE points_lots SET expired = expired + :points WHERE id = :lot_id")


def lock_current(session: Session, user_id: int) -> Any:
    """Lock the account, with what is due expired; what is in it then."""
    found = accounts.lock(session, user_id)
    if found.available and expire_due(session, user_id):
        found = accounts.lock(session, user_id)
    return found


def expire_due(session: Session, user_id: int) -> int:
    """Expire what is due in a locked account; how many points."""
    due = _DUE.rows(session, user_id=user_id)
    for lot in due:
        reason = Reason(EXPIRE, f"lot:{lot.id}:{_moment(lot.expires_at)}")
        entry_id = accounts.write(session, user_id, reason, Change(available=-lot.remaining))
        lots.take_from(session, lot.id, entry_id, lot.remaining)
        mark_expired(session, lot.id, lot.remaining)
    return sum(lot.remaining for lot in due)


def mark_expired(session: Session, lot_id: int, points: int) -> None:
    """So many points of a lot are gone without being spent: a reversal needs no others for them."""
    _MARK.rows(session, lot_id=lot_id, points=points)


def _moment(expires_at: datetime) -> str:
    """A lot expires once more when points came back to it: then at another time."""
    return expires_at.isoformat()


def expire_batch() -> int:
    """Expire what is due of some shoppers; how many shoppers. Others may do so beside."""
    with transaction() as session:
        due = (
            select(PointsLot.user_id)
            .where(
                PointsLot.remaining > 0,
                ~PointsLot.frozen,
                PointsLot.expires_at <= func.clock_timestamp(),
            )
            .order_by(PointsLot.expires_at)
            .limit(BATCH)
        )
        users = session.scalars(
            select(PointsAccount.user_id)
            .where(PointsAccount.user_id.in_(due))
            .order_by(PointsAccount.user_id)
            .with_for_update(skip_locked=True)
        ).all()
        for user_id in users:
            expire_due(session, user_id)
    return len(users)
