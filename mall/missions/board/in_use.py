"""Which triggers some mission counts, in the memory of each process.

Events that shoppers make all the time (a cart changes) are put down only while a mission waits
for them. What is known is at most a second old, so a mission counts them from a second after it
was saved on another process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.db import db
from mall.missions.board.models import Mission, MissionVersion, is_not_over

FRESH_S = 1.0
"""How old the answer may be before it is read again."""
_EXTENSION = "mall.missions.in_use"


class TriggersInUse:
    """The triggers of enabled missions that aren't over, of one app."""

    def __init__(self) -> None:
        self._names: frozenset[str] | None = None
        self._asked_at = float("-inf")
        self._reading = threading.Lock()

    def has(self, name: str) -> bool:
        """Whether some mission counts what this trigger tells. Asked inside a transaction.

        While one thread reads it again the others go by what was known; the first time they
        wait, since nothing is known.
        """
        first = self._names is None
        if self._is_stale() and self._reading.acquire(blocking=first):
            try:
                if self._is_stale():
                    asked_at = monotonic()
                    self._names = _read(db.session())
                    self._asked_at = asked_at
            finally:
                self._reading.release()
        return self._names is None or name in self._names

    def _is_stale(self) -> bool:
        return monotonic() - self._asked_at >= FRESH_S

    def expire(self) -> None:
        """Read again at the next question."""
        self._asked_at = float("-inf")


def triggers_in_use() -> TriggersInUse:
    """Those of the current app."""
    known: TriggersInUse = current_app.extensions.setdefault(_EXTENSION, TriggersInUse())
    return known


def is_used(name: str) -> Callable[[], bool]:
    """The question whether a trigger is in use, to be asked later."""
    return lambda: triggers_in_use().has(name)


def expire_in_use(_session: Session) -> None:
    """After staff changed a mission: this process knows at once."""
    triggers_in_use().expire()


def _read(session: Session) -> frozenset[str]:
    used = (
        select(Mission.trigger)
        .join(MissionVersion, MissionVersion.mission_id == Mission.id)
        .where(Mission.enabled, is_not_over())
        .distinct()
    )
    return frozenset(session.scalars(used))
