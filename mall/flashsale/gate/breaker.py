"""A circuit breaker: while a Redis node fails, nobody waits for it."""

from __future__ import annotations

import threading
from time import monotonic

from mall.flashsale.gate.commands import Unavailable

PAUSE_S = 0.5


class CircuitBreaker:
    """After a failure all callers are refused for `PAUSE_S`. Then one caller may try, while the
    others are still refused; the breaker is closed again once a try succeeds."""

    def __init__(self) -> None:
        self._open_until = 0.0
        self._trial = threading.Lock()

    @property
    def closed(self) -> bool:
        return not self._open_until

    def enter(self) -> bool:
        """Begin a call: True when the call is the trial, which must then `leave`.

        Raises Unavailable when the breaker is open.
        """
        if not self._open_until:
            return False
        if monotonic() >= self._open_until and self._trial.acquire(blocking=False):
            return True
        raise Unavailable("failed a moment ago")

    def leave(self) -> None:
        """The trial is over, however it went."""
        self._trial.release()

    def trip(self) -> bool:
        """A call failed. True for the first of the failures of one pause: that one is logged."""
        now = monotonic()
        first = now >= self._open_until
        self._open_until = now + PAUSE_S
        return first

    def reset(self) -> None:
        """A call succeeded."""
        self._open_until = 0.0
