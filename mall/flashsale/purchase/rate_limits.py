"""How often one shopper and one address may attempt at one web process.

A count in a dict that is emptied every ten seconds. (`limits`, with its memory storage,
costs 25 µs a hit and scans all its keys a hundred times a second: measured, too dear here.)
"""

from __future__ import annotations

from time import monotonic
from typing import Generic, TypeVar

WINDOW_S = 10.0
Key = TypeVar("Key", int, str)


class Window(Generic[Key]):
    """At most `limit` hits of a key in a window; 0 is no limit.

    Two threads that count at the same moment may count one hit: a limit against robots
    needn't be exact, and a lock would cost every attempt.
    """

    __slots__ = ("_counts", "_ends", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._counts: dict[Key, int] = {}
        self._ends = 0.0

    def hit(self, key: Key) -> bool:
        """Count one; False when it is one too many."""
        if not self.limit:
            return True
        now = monotonic()
        if now >= self._ends:
            self._counts, self._ends = {}, now + WINDOW_S
        counts = self._counts
        count = counts[key] = counts.get(key, 0) + 1
        return count <= self.limit

    def refund(self, key: Key) -> None:
        """Take one hit back."""
        if key in self._counts:
            self._counts[key] -= 1

    def clear(self) -> None:
        """Begin a new window now."""
        self._ends = 0.0
