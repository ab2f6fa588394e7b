"""What a closed account still had is lost."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.ledger import Reason
from mall.kernel.prepared import PreparedStatement
from mall.points.ledger import accounts, lots
from mall.points.ledger.accounts import Change
from mall.points.ledger.expiring import mark_expired
from mall.points.ledger.kinds import FORFEIT
from mall.users.models import User

# Said so that the indexes of open and of frozen lots are used.
_LEFT = PreparedStatement(
    """
    SELECT l.id, l.remaining, l.frozen,
        (SELECT count(*) FROM points_uses u WHERE u.lot_id = l.id) AS uses
    FROM points_lots l
    WHERE l.user_id = :user_id
      AND ((l.remaining > 0 AND NOT l.frozen) OR (l.remaining > 0 AND l.frozen))
    ORDER BY l.id
    """
)


def is_closed(session: Session, user_id: int) -> bool:
    """Whether this shopper has closed the account."""
    closed_at = session.scalar(select(User.closed_at).where(User.id == user_id))
    return closed_at is not None


def forfeit(session: Session, user_id: int) -> None:
    """Take all that is available or frozen. Nobody owes what was lost like this."""
    accounts.lock(session, user_id)
    for lot in _LEFT.rows(session, user_id=user_id):
        change = Change(available=-lot.remaining)
        if lot.frozen:
            change = Change(frozen=-lot.remaining)
        # Points may come back to a lot and be lost once more: then its uses are more.
        reason = Reason(FORFEIT, f"lot:{lot.id}:{lot.uses}")
        entry_id = accounts.write(session, user_id, reason, change)
        lots.take_from(session, lot.id, entry_id, lot.remaining)
        mark_expired(session, lot.id, lot.remaining)
