"""An embedded server that dies while the mall is open is started again, three times at most."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from mall.runtime.postgres import EmbeddedPostgres
from mall.runtime.redis_server import EmbeddedRedis

MOST = 3
WITHIN_S = 600.0
_PAUSE_S = 1.0  # the processes that it left end meanwhile


class Revival:
    """Watches one server. The services wait for it by themselves, at the same address."""

    def __init__(
        self,
        server: EmbeddedPostgres | EmbeddedRedis,
        address: str,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.server = server
        self._address = address
        self._now = now
        self._deaths: deque[float] = deque(maxlen=MOST)
        self._due: float | None = None

    def restart_if_dead(self) -> str | None:
        """Start it again if it died; a line to show for what has just happened.

        Raises RuntimeFault when it dies too often or doesn't start.
        """
        if self.server.is_running:
            return None
        if self._due is None:
            return self._died()
        if self._now() < self._due:
            return None
        self._due = None
        if self.server.start() != self._address:
            raise self.server.fault(f"{self.server.name} came back at another address")
        return f"{self.server.name} is back"

    def _died(self) -> str:
        name, now = self.server.name, self._now()
        if len(self._deaths) == MOST and now - self._deaths[0] < WITHIN_S:
            raise self.server.fault(f"{name} stopped again and again while the mall was open")
        self._deaths.append(now)
        self._due = now + _PAUSE_S
        return f"{name} ended; again in {_PAUSE_S:.0f} s · {self.server.log}"
