"""The request's line on its way to stdout: a hundred lines cost one system call, not each one.

Lines wait in stdout's own buffer for a tenth of a second at most; a process that is killed
by -9 loses so much of its log. Python doesn't buffer when PYTHONUNBUFFERED is set.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress

LONGEST_WAIT_S = 0.1


class _Flusher:
    """A thread that flushes stdout a moment after the first line that waits."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """In a forked process there is no thread."""
        self.waiting = False
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._guard = threading.Lock()

    def wake(self) -> None:
        self.waiting = True
        with self._guard:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._serve, args=(self._wake,), name="log-flusher", daemon=True
                )
                self._thread.start()
        self._wake.set()

    def _serve(self, wake: threading.Event) -> None:
        while wake.wait():
            time.sleep(LONGEST_WAIT_S)
            wake.clear()
            self.waiting = False  # before the flush: who writes now wakes us again
            with suppress(OSError, ValueError):  # nobody reads our output any more
                sys.stdout.flush()


_flusher = _Flusher()
os.register_at_fork(after_in_child=_flusher.forget)


def write(line: str) -> None:
    """Send one whole line, with its end, on its way."""
    sys.stdout.write(line)
    if not _flusher.waiting:
        _flusher.wake()
