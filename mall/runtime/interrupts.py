"""Ctrl-C and SIGTERM end a start, and a run, at its next `pause`.

A signal only sets an event. An exception at an arbitrary line could leave a lock held or a
child that nobody knows, and then the end of the run would wait for ever.
"""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType, TracebackType
from typing import ClassVar

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """Raised by `pause`: the person stops the mall that is starting."""


class Interrupts:
    """While entered, the stopping signals set `stop_requested`; one at a time in a process."""

    current: ClassVar[Interrupts | None] = None

    def __init__(self) -> None:
        self.stop_requested = threading.Event()
        self.raises_on_stop = True
        self._before: dict[signal.Signals, signal.Handlers | int | object] = {}

    def __enter__(self) -> Interrupts:
        for number in _SIGNALS:
            if signal.getsignal(number) is signal.SIG_IGN:  # by nohup, or in the background
                continue
            self._before[number] = signal.signal(number, self._handle)
        Interrupts.current = self
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        Interrupts.current = None
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def started(self) -> None:
        """From here on `pause` raises nothing; the watching loop asks `stop_requested` itself."""
        self.raises_on_stop = False

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self.stop_requested.set()


def pause(seconds: float) -> None:
    """Sleep while something starts. Raises StopRequested when the person stops the start."""
    current = Interrupts.current
    if current is None or not current.raises_on_stop:
        time.sleep(seconds)
    elif current.stop_requested.wait(seconds):
        raise StopRequested
