"""Openings of teams and the early end of their activity: one waits for the other.

An advisory lock, since it is had in the order in which it is asked for. A row that openings lock
FOR SHARE is never free while teams are being opened: whoever ends the activity would wait for as
long as that goes on.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel.prepared import PreparedStatement

_KEY = "hashtextextended('openings of group activity ' || CAST(:activity_id AS bigint), 0)"
_SHARE = PreparedStatement(f"SELECT pg_advisory_xact_lock_shared({_KEY}) IS NULL AS void")
_LOCK_OUT = text(f"SELECT pg_advisory_xact_lock({_KEY})")


def share_openings(session: Session, activity_id: int) -> None:
    """Until the commit nobody ends the activity early; others may open teams of it. Whether it is
    open is asked afterwards."""
    _SHARE.first(session, activity_id=activity_id)


def lock_out_openings(session: Session, activity_id: int) -> None:
    """Wait for teams that are being opened; until the commit none is opened."""
    session.execute(_LOCK_OUT, {"activity_id": activity_id})
