"""One at a time on a shopper's missions: who counts, who claims, who unlocks."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.kernel.prepared import PreparedStatement
from mall.missions.board.definitions import Definitions, definitions
from mall.users.errors import AccountClosed

# The shopper's row is shared, too: nobody closes the account meanwhile.
LOCK = PreparedStatement(
    """
    SELECT pg_advisory_xact_lock(hashtextextended('missions of ' || u.id, 0)),
           u.closed_at IS NULL AS open, (SELECT revision FROM mission_board) AS revision
    FROM users u WHERE u.id = :user_id
    FOR KEY SHARE OF u
    """
)


def lock_missions_of(session: Session, user_id: int) -> Definitions:
    """Wait for others who are at this shopper's missions, and keep them off until the commit.

    The missions as they are defined now. Comes before any lock of the rewards. Raises
    AccountClosed, also for a shopper that there isn't.
    """
    held = LOCK.first(session, user_id=user_id)
    if held is None or not held.open:
        raise AccountClosed
    return definitions(session, held.revision)
