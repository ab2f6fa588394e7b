"""What an embedded PostgreSQL and an embedded Redis have in common.

Several processes may open the same directory: the first starts the server, the others share
it, and only the one that started it stops it. When its owner dies, even by kill -9, it shuts
down (Linux) or is ended by the next start.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import ClassVar, TypeVar

from mall.runtime.errors import RuntimeFault
from mall.runtime.interrupts import pause
from mall.runtime.paths import last_lines, locked, ran_out_of_space
from mall.runtime.processes import ProcessRecord, is_alive, owner_is_alive, stop_process

_START_TIMEOUT_S = 60.0  # recovery after a crash takes its time
_POLL_S = 0.01
StopSignals = Sequence[tuple[signal.Signals, float]]
Ready = TypeVar("Ready")


class EmbeddedServer(ABC):
    """A server that is a child of this process, with its data in `data_dir`."""

    name: ClassVar[str]
    log_name: ClassVar[str]
    stop_signals: ClassVar[StopSignals]
    """The signals, each with its time-out in seconds, that end one whose owner was killed."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = Path(os.path.abspath(data_dir))
        self._process: subprocess.Popen[bytes] | None = None
        self._pid = 0
        self._ours = 0  # the id of the process that may stop the server

    @property
    def log(self) -> Path:
        return self.data_dir / self.log_name

    @property
    def pid(self) -> int:
        """The server's process id; 0 before `start`."""
        return self._pid

    @property
    def is_owner(self) -> bool:
        """True if this object started the server in this process."""
        return self._ours == os.getpid()

    @property
    def is_running(self) -> bool:
        return bool(self._pid) and is_alive(self._pid)

    @abstractmethod
    def start(self) -> str:
        """Start the server or join the one that runs; its URL when it takes connections."""

    def stop(self) -> None:
        """Shut the server down if we own it; its data stays."""
        if self.is_owner and self._pid:
            with locked(self.data_dir / "lock"):
                self._shut_down()
        self._process, self._pid, self._ours = None, 0, 0

    def fault(self, what: str) -> RuntimeFault:
        """`what`, with the end of the log that explains it."""
        if ran_out_of_space(self.log):
            return RuntimeFault(f"the disk is full: free some space for {self.data_dir}")
        return RuntimeFault(f"{what}; the end of {self.log}: {last_lines(self.log)}")

    def __enter__(self) -> str:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # -- for the servers ---------------------------------------------------------------

    @property
    def _owner_record(self) -> Path:
        return self.data_dir / "owner.json"

    def _join_or(self, running: int, launch: Callable[[], None]) -> None:
        """Share the server that runs (its process id, or 0), or launch one of our own."""
        if running and owner_is_alive(self._owner_record):
            self._pid = running
            return
        # Without its owner it is about to stop, or nobody else will stop it.
        if running and not stop_process(running, self.stop_signals):
            raise RuntimeFault(
                f"an old {self.name} (process {running}) doesn't stop: end it and try again"
            )
        launch()

    def _claim(self) -> None:
        """The server that comes is ours to stop."""
        self._ours = os.getpid()
        ProcessRecord.of(self._ours).write(self._owner_record)

    def _await(self, ready: Callable[[], Ready | None]) -> Ready:
        """What `ready` answers once it isn't None any more."""
        deadline = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline:
            found = ready()
            if found is not None:
                return found
            if not is_alive(self._pid):
                raise self.fault(f"{self.name} stopped while it was starting")
            pause(_POLL_S)
        if self.is_owner:
            self._shut_down()
        raise self.fault(f"{self.name} was not ready after {_START_TIMEOUT_S:.0f} s")

    def _end_process(self, steps: StopSignals) -> None:
        stop_process(self._pid, steps)
        if self._process:
            self._process.poll()
        self._owner_record.unlink(missing_ok=True)

    @abstractmethod
    def _shut_down(self) -> None:
        """End the server that is ours."""
