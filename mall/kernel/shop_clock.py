"""The shop's time in a web process: the host's clock, set right by the database's.

A countdown by a host whose clock is off would open the page before the gate, or after it.
So each process asks the database now and then how far it is ahead, and adds that.
"""

from __future__ import annotations

import threading
from time import monotonic, time

from sqlalchemy.orm import Session

from mall.kernel.db import db_now

_ASK_AGAIN_S = 30.0


class ShopClock:
    """Milliseconds since 1970 by the database's clock, to within half a round trip."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._ahead_ms = 0.0
        self._asked_at: float | None = None

    def now_ms(self, session: Session) -> int:
        """The time now. The database is asked at most every half minute."""
        if self._is_old():
            with self._guard:
                if self._is_old():
                    self._ask(session)
        return round(time() * 1000 + self._ahead_ms)

    def _is_old(self) -> bool:
        return self._asked_at is None or monotonic() - self._asked_at > _ASK_AGAIN_S

    def _ask(self, session: Session) -> None:
        before = time()
        theirs = db_now(session).timestamp()
        self._ahead_ms = (theirs - (before + time()) / 2) * 1000
        self._asked_at = monotonic()


CLOCK = ShopClock()
