"""Waiting for a state to come, with a bound, instead of sleeping for as long as it might take."""

from __future__ import annotations

import time
from collections.abc import Callable


def eventually(what: Callable[[], bool], seconds: float = 60, *, pause_s: float = 0.05) -> None:
    """Ask until it is so. It must be so for whoever asks after `seconds`, however long asking
    takes: a busy machine fails nothing."""
    deadline = time.monotonic() + seconds
    while True:
        late = time.monotonic() >= deadline
        if what():
            return
        assert not late, "it didn't come about"
        time.sleep(pause_s)
