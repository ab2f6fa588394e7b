"""Ctrl-C and SIGTERM: the start is broken off at once, the run ends at its next look."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """Raised in the main thread, once, while the mall starts."""


class Interrupts:
    """While entered, turns the stopping signals into `StopRequested` or an event."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self._breaks_off = True
        self._before: dict[signal.Signals, signal.Handlers | int | object] = {}

    def __enter__(self) -> Interrupts:
        for number in _SIGNALS:
            if signal.getsignal(number) is signal.SIG_IGN:  # by nohup, or in the background
                continue
            self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def started(self) -> None:
        """From here on a signal only sets the event; the watching loop ends in its own time."""
        self._breaks_off = False

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        first = not self.asked.is_set()
        self.asked.set()
        if first and self._breaks_off:
            raise StopRequested
