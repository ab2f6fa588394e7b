"""Points expire by lot, at the end of a shop day.

Nobody can spend what has expired, swept or not: whoever takes from an account expires first what
is due in it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.prepared import PreparedStatement
from mall.points.ledger import accounts
from mall.points.ledger.kinds import EXPIRE

SHOPPERS, LOTS = 500, 2000
"""How many a batch of the sweep takes, at most."""


def _expire(whose: str) -> PreparedStatement:
    """Expire due lots of locked accounts, each with an entry; what the accounts have then.

    A lot expires once more when points came back to it: then its uses are more. The clock is read
    once, so that the index on it is used.
    """
    return PreparedStatement(
        f"""
        WITH due AS MATERIALIZED (
            SELECT id, user_id, remaining, 'lot:' || id || ':' || (
                       SELECT count(*) FROM points_uses u WHERE u.lot_id = points_lots.id
                   ) AS source
            FROM points_lots
            WHERE user_id {whose} AND remaining > 0 AND NOT frozen
              AND expires_at <= (SELECT clock_timestamp())
            ORDER BY user_id, expires_at, id LIMIT :most
        ), written AS (
            INSERT INTO points_entries (user_id, kind, source, available)
            SELECT user_id, '{EXPIRE}', source, -remaining FROM due RETURNING id, source
        ), used AS (
            INSERT INTO points_uses (entry_id, lot_id, points)
            SELECT w.id, d.id, d.remaining FROM due d JOIN written w USING (source)
        ), emptied AS (
            UPDATE points_lots l SET remaining = 0, expired = l.expired + d.remaining,
                changed_at = clock_timestamp()
            FROM due d WHERE l.id = d.id
        )
        UPDATE points_accounts a SET available = a.available - d.points
        FROM (SELECT user_id, CAST(sum(remaining) AS bigint) AS points FROM due GROUP BY user_id) d
        WHERE a.user_id = d.user_id
        RETURNING a.available, a.frozen, a.held, a.debt
        """  # noqa: S608
    )


_EXPIRE_ONE = _expire("= :user_id")
_EXPIRE_SOME = _expire("= ANY (CAST(CAST(:user_ids AS text) AS bigint[]))")
_LOCK_SOME = PreparedStatement(
    """
    SELECT user_id FROM points_accounts
    WHERE user_id IN (
        SELECT user_id FROM points_lots
        WHERE remaining > 0 AND NOT frozen AND expires_at <= (SELECT clock_timestamp())
        ORDER BY expires_at, user_id LIMIT :most
    )
    ORDER BY user_id LIMIT :shoppers
    FOR UPDATE SKIP LOCKED
    """
)
_MARK = PreparedStatement(
    """
    UPDATE points_lots SET expired = expired + :points, changed_at = clock_timestamp()
    WHERE id = :lot_id
    """
)


def lock_current(session: Session, user_id: int) -> Any:
    """Lock the account, with what is due expired; what is in it then."""
    found = accounts.lock(session, user_id)
    while found.available:
        left = _EXPIRE_ONE.first(session, user_id=user_id, most=LOTS)
        if left is None:
            break
        found = left
    return found


def mark_expired(session: Session, lot_id: int, points: int) -> None:
    """So many points of a lot are gone without being spent: a reversal needs no others for them."""
    _MARK.rows(session, lot_id=lot_id, points=points)


def expire_batch() -> int:
    """Expire what is due of some shoppers; how many shoppers. Others may do so beside."""
    with transaction() as session:
        users = [row.user_id for row in _LOCK_SOME.rows(session, most=LOTS, shoppers=SHOPPERS)]
        if users:
            listed = "{" + ",".join(map(str, users)) + "}"
            _EXPIRE_SOME.rows(session, user_ids=listed, most=LOTS)
    return len(users)
