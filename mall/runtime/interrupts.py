"""Ctrl-C and SIGTERM: a start is broken off at its next look, so is the run.

A signal only sets an event. Raising at whatever line is under way would now and then leave
a lock held or a child that nobody knows, and then the end of the run would wait for ever.
"""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType, TracebackType
from typing import ClassVar

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """Raised by `pause`, once: the mall that starts isn't wanted any more."""


class Interrupts:
    """While entered, the stopping signals set `asked`; one at a time in a process."""

    current: ClassVar[Interrupts | None] = None

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.breaks_off = True
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
        """From here on nothing is broken off; the watching loop ends in its own time."""
        self.breaks_off = False

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self.asked.set()


def pause(seconds: float) -> None:
    """Sleep while something starts. Raises StopRequested when that isn't wanted any more."""
    current = Interrupts.current
    if current is None or not current.breaks_off:
        time.sleep(seconds)
    elif current.asked.wait(seconds):
        raise StopRequested
