"""How often a merchant may ask for refunds: calls a second, and those that fail."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from threading import Lock

WINDOW_S = 1.0


@dataclass
class RecentCalls:
    """The calls of the last second by the real clock. What is throttled isn't counted."""

    _calls: deque[float] = field(default_factory=deque)
    _failed: deque[float] = field(default_factory=deque)
    _lock: Lock = field(default_factory=Lock)

    def admit(self, per_s: int, failed_per_s: int) -> bool:
        """Count a call; False when there were too many (0: any number may come)."""
        now = time.monotonic()
        with self._lock:
            too_many = _is_full(self._calls, per_s, now)
            too_many_failed = _is_full(self._failed, failed_per_s, now)
            if too_many or too_many_failed:
                return False
            self._calls.append(now)
            return True

    def note_failed(self) -> None:
        with self._lock:
            self._failed.append(time.monotonic())

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()
            self._failed.clear()


def _is_full(calls: deque[float], most: int, now: float) -> bool:
    while calls and calls[0] <= now - WINDOW_S:
        calls.popleft()
    return bool(most) and len(calls) >= most
