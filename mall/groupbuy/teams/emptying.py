"""The end of activities: by their time, and their stock goes back once no team is open."""

from __future__ import annotations

from sqlalchemy import text

from mall.groupbuy.activities.stock import give_back
from mall.groupbuy.teams.states import OPEN_SQL
from mall.kernel.db import transaction

_END_DUE = text(
    """
    UPDATE groupbuy_activities SET status = 'ended', ended_at = clock_timestamp()
    WHERE status = 'started' AND ends_at <= clock_timestamp()
    """
)
_EMPTY = text(
    f"""
    SELECT a.id FROM groupbuy_activities a
    WHERE a.status = 'ended' AND a.stock_returned_at IS NULL
      AND NOT EXISTS (
          SELECT FROM groupbuy_teams t WHERE t.activity_id = a.id AND t.status IN {OPEN_SQL})
    ORDER BY a.id FOR UPDATE SKIP LOCKED LIMIT 1
    """  # noqa: S608 - words of our own
)
_RETURNED = text(
    "UPDATE groupbuy_activities SET stock_returned_at = clock_timestamp() WHERE id = :activity_id"
)
DUE = """
    SELECT FROM groupbuy_activities WHERE status = 'started' AND ends_at <= now()
    UNION ALL
    SELECT FROM groupbuy_activities WHERE status = 'ended' AND stock_returned_at IS NULL
"""
"""SQL: the activities that are over, or whose stock wasn't given back yet."""


def end_due_activities() -> None:
    """No new teams of activities whose time is over."""
    with transaction() as session:
        session.execute(_END_DUE)


def return_stock() -> None:
    """Give back what is left of each ended activity without open teams, one a transaction."""
    while _return_one():
        pass


def _return_one() -> bool:
    with transaction() as session:
        activity_id = session.scalar(_EMPTY)
        if activity_id is None:
            return False
        give_back(session, activity_id)
        session.execute(_RETURNED, {"activity_id": activity_id})
        return True
