"""Whether there are races at all, in the memory of each process.

Shoppers check in all the time: their events are put down only while some race may count them.
What is known is at most a second old, and a race is published before its start; what slipped
through all the same is counted before the ranks are frozen (`catching_up.py`).
"""

from __future__ import annotations

from time import monotonic

from flask import current_app
from sqlalchemy import text

from mall.kernel.db import db

FRESH_S = 1.0
LATE_DAYS = 90
"""So long after its end a race hears of what was taken back late."""
_EXTENSION = "mall.races_in_use"
_ANY = text(
    f"""
    SELECT EXISTS (
        SELECT FROM races WHERE ends_at > now() - interval '{LATE_DAYS} days'
          AND starts_at < now() + interval '1 minute'
    )
    """  # noqa: S608
)


class RacesInUse:
    """What one app knows."""

    def __init__(self) -> None:
        self._any = False
        self._asked_at = float("-inf")

    def __call__(self) -> bool:
        """Whether a race counts, or did of late. Asked inside a transaction."""
        if monotonic() - self._asked_at >= FRESH_S:
            self._any = bool(db.session.scalar(_ANY))
            self._asked_at = monotonic()
        return self._any


def races_in_use() -> bool:
    """Whether a race counts, or did of late, as the current app knows."""
    known: RacesInUse = current_app.extensions.setdefault(_EXTENSION, RacesInUse())
    return known()
