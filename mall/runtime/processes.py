"""Child processes that die with their owner, and records of who owns a server.

On Linux a child asks the kernel for a signal when its parent dies, so that an owner
killed by -9 leaves nothing behind. The kernel means the parent's *thread*: a child
forked by a short-lived thread would be stopped when that thread ends. So every child
is forked by one thread that lives as long as the process.
"""

from __future__ import annotations

import ctypes
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import psutil

from mall.runtime.accounts import Account

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class _SpawnRequest:
    command: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    output: IO[bytes] | int
    death_signal: signal.Signals
    account: Account | None


_Job = tuple["Future[subprocess.Popen[bytes]]", _SpawnRequest]


class _Forker:
    """The long-lived thread that forks every child; made again in a forked process."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._lock = threading.Lock()
        self._jobs: queue.SimpleQueue[_Job] | None = None

    def run(self, request: _SpawnRequest) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._jobs is None:
                self._jobs = queue.SimpleQueue()
                threading.Thread(
                    target=self._serve, args=(self._jobs,), name="forker", daemon=True
                ).start()
        answer: Future[subprocess.Popen[bytes]] = Future()
        self._jobs.put((answer, request))
        return answer.result()

    def _serve(self, jobs: queue.SimpleQueue[_Job]) -> None:
        while True:
            answer, request = jobs.get()
            try:
                answer.set_result(_fork(request))
            except BaseException as fault:
                answer.set_exception(fault)


_forker = _Forker()
os.register_at_fork(after_in_child=_forker.reset)


def spawn(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    output: IO[bytes] | int = subprocess.DEVNULL,
    death_signal: signal.Signals = signal.SIGTERM,
    account: Account | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own; the kernel sends it `death_signal` if we die.

    A session of its own: Ctrl-C in the terminal reaches us only, and we stop the
    children in order. With `account` the child runs as that user.
    """
    return _forker.run(_SpawnRequest(command, cwd, env, output, death_signal, account))


def _fork(request: _SpawnRequest) -> subprocess.Popen[bytes]:
    parent = os.getpid()

    def die_with_parent() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(request.death_signal))
            if os.getppid() != parent:  # it died between the fork and here
                os._exit(1)

    identity = request.account.identity() if request.account else {}
    return subprocess.Popen(  # noqa: S603
        list(request.command),
        cwd=request.cwd,
        env=dict(request.env),
        stdin=subprocess.DEVNULL,
        stdout=request.output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - two system calls, no locks taken
        **identity,
    )


@dataclass(frozen=True)
class ProcessRecord:
    """A process by id *and* start time, since ids are used again."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> ProcessRecord:
        return cls(pid, psutil.Process(pid).create_time())

    @classmethod
    def read(cls, path: Path) -> ProcessRecord | None:
        try:
            return cls(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))

    def is_alive(self) -> bool:
        try:
            same = abs(psutil.Process(self.pid).create_time() - self.started) < 1
        except psutil.Error:
            return False
        return same and is_alive(self.pid)


def is_alive(pid: int) -> bool:
    """True if the process runs; a zombie doesn't."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def owner_is_alive(record: Path) -> bool:
    """True if the process written to `record` still runs."""
    owner = ProcessRecord.read(record)
    return owner is not None and owner.is_alive()


def stop_process(pid: int, steps: Sequence[tuple[signal.Signals, float]]) -> bool:
    """Send each signal in turn until the process is gone; False if it outlived them all."""
    for number, timeout_s in steps:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        if wait_for_exit(pid, timeout_s):
            return True
    return False


def wait_for_exit(pid: int, timeout_s: float) -> bool:
    """Wait for the end of any process; one that nobody collects (a zombie) is gone for us."""
    deadline = time.monotonic() + timeout_s
    while is_alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
