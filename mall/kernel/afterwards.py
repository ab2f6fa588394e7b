"""What may wait a tenth of a second: the notes of many requests are dealt with at once, off
the way of each.

A process that is killed by -9 loses the notes of its last tenth of a second.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.util import Finalize
from typing import Any, ClassVar, Generic, TypeVar

import structlog

LONGEST_WAIT_S = 0.1
MOST_WAITING = 50_000
"""Of one kind. When nobody reads our output the oldest are forgotten: memory is bounded."""
Note = TypeVar("Note")
_log = structlog.get_logger("mall")


class Notes(Generic[Note]):
    """Notes of one kind, and what is done with those that wait. Threads may add at any time."""

    kinds: ClassVar[list[Notes[Any]]] = []

    def __init__(self, deal_with: Callable[[list[Note]], None]) -> None:
        self._deal_with = deal_with
        self.forget()
        self.kinds.append(self)

    def add(self, note: Note) -> None:
        """Leave a note."""
        self._waiting.append(note)
        if not _clerk.called:
            _clerk.call()

    def settle(self) -> None:
        """Deal with all that wait now; when it returns, they have been dealt with."""
        with self._guard:
            notes: list[Note] = []
            with suppress(IndexError):
                while True:
                    notes.append(self._waiting.popleft())
            if notes:
                self._deal_with(notes)

    def forget(self) -> None:
        """In a forked process: what waits is the parent's, and so may the guard be."""
        self._waiting: deque[Note] = deque(maxlen=MOST_WAITING)
        self._guard = threading.Lock()


def settle() -> None:
    """Deal with all notes of this process now."""
    for kind in Notes.kinds:
        kind.settle()


class _Clerk:
    """A thread that comes a moment after the first note."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """In a forked process there is no thread."""
        self.called = False
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._guard = threading.Lock()

    def call(self) -> None:
        self.called = True
        with self._guard:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._serve, args=(self._wake,), name="afterwards", daemon=True
                )
                self._thread.start()
                # Before the interpreter ends; servers that fork by multiprocessing end by
                # _exit, which knows these but not atexit.
                Finalize(None, settle, exitpriority=0)
        self._wake.set()

    def _serve(self, wake: threading.Event) -> None:
        while wake.wait():
            time.sleep(LONGEST_WAIT_S)
            wake.clear()
            self.called = False  # before the work: who adds now calls again
            try:
                settle()
            except Exception:  # the next notes want a clerk, too
                _log.exception("notes of requests were lost")


def _forked() -> None:
    _clerk.forget()
    for kind in Notes.kinds:
        kind.forget()


_clerk = _Clerk()
os.register_at_fork(after_in_child=_forked)
