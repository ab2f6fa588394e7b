"""Lots: points are taken from those that expire first, and put back where they were.

The account is locked by whoever calls.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from mall.kernel.prepared import PreparedStatement

_FEW = 20
MAKE = """
    INSERT INTO points_lots (user_id, entry_id, granted, remaining, frozen, expires_at)
    SELECT user_id, id, :points, :points, CAST(:waits AS boolean),
           CAST(:expires_at AS timestamptz)
    FROM written
"""
"""The lot of a grant, as a part of the statement that writes the entry."""
# What comes before a lot decides how many points are left to take from it.
_TAKE = PreparedStatement(
    """
    WITH open AS (
        SELECT id, remaining, expires_at FROM points_lots
        WHERE user_id = :user_id AND remaining > 0 AND NOT frozen
        ORDER BY expires_at, id LIMIT :most
    ), counted AS (
        SELECT id, remaining,
               CAST(sum(remaining) OVER (ORDER BY expires_at, id) AS bigint) - remaining AS before
        FROM open
    ), taken AS (
        UPDATE points_lots l SET remaining = l.remaining - least(c.remaining, :points - c.before),
            changed_at = clock_timestamp()
        FROM counted c
        WHERE l.id = c.id AND c.before < :points
          AND l.remaining >= least(c.remaining, :points - c.before)
        RETURNING l.id, least(c.remaining, :points - c.before) AS points
    )
    INSERT INTO points_uses (entry_id, lot_id, points, hold_id)
    SELECT :entry_id, id, points, CAST(:hold_id AS bigint) FROM taken
    RETURNING points
    """
)
_TAKE_FROM = PreparedStatement(
    """
    WITH taken AS (
        UPDATE points_lots SET remaining = remaining - :points, changed_at = clock_timestamp()
        WHERE id = :lot_id AND remaining >= :points RETURNING id
    )
    INSERT INTO points_uses (entry_id, lot_id, points)
    SELECT :entry_id, id, :points FROM taken
    RETURNING lot_id
    """
)
_USED = PreparedStatement(
    """
    SELECT u.lot_id, sum(u.points)::bigint AS points
    FROM points_uses u JOIN points_lots l ON l.id = u.lot_id
    WHERE u.hold_id = :hold_id
    GROUP BY u.lot_id, l.expires_at HAVING sum(u.points) > 0
    ORDER BY l.expires_at DESC, u.lot_id DESC
    """
)
_PUT_BACK = PreparedStatement(
    """
    WITH back AS (
        UPDATE points_lots SET remaining = remaining + :points, changed_at = clock_timestamp(),
            expires_at = CASE WHEN expires_at <= clock_timestamp()
                THEN CAST(:until AS timestamptz) ELSE expires_at END
        WHERE id = :lot_id RETURNING id
    )
    INSERT INTO points_uses (entry_id, lot_id, points, hold_id)
    SELECT :entry_id, id, -:points, :hold_id FROM back
    """
)


def take(
    session: Session, user_id: int, entry_id: int, points: int, hold_id: int | None = None
) -> None:
    """Take available points, from the lots that expire first. There are so many."""
    while points:
        taken = _TAKE.rows(
            session,
            user_id=user_id,
            entry_id=entry_id,
            points=points,
            hold_id=hold_id,
            most=_FEW,
        )
        if not taken:
            raise RuntimeError(f"the lots of shopper {user_id} hold less than the account")
        points -= sum(part.points for part in taken)


def take_from(session: Session, lot_id: int, entry_id: int, points: int) -> None:
    """Take points from one lot, which has so many."""
    if not _TAKE_FROM.rows(session, lot_id=lot_id, entry_id=entry_id, points=points):
        raise RuntimeError(f"lot {lot_id} has no {points} points")


def put_back(session: Session, hold_id: int, entry_id: int, points: int, until: datetime) -> None:
    """Points of a hold return to their lots, first to those that expire last.

    A lot that has expired meanwhile opens again until `until`, for what returns.
    """
    used: list[Any] = _USED.rows(session, hold_id=hold_id)
    for lot in used:
        part = min(points, lot.points)
        if part:
            _PUT_BACK.rows(
                session,
                lot_id=lot.lot_id,
                entry_id=entry_id,
                points=part,
                hold_id=hold_id,
                until=until,
            )
        points -= part
    if points:
        raise RuntimeError(f"hold {hold_id} has taken less than comes back")
