"""Runs a function of ours on a stranger's bytes in a process that may die without harm.

A decoder in C or Rust can be made to take all memory, to loop, or to abort the process. Here
it does so in a child with limits, and the caller gets one error:

    rows = run(first_sheet, Limits(memory_mb=512, seconds=20), raw)

The function stands at the top of a module that imports little: the child imports that module
and nothing else of the mall, has no connection and no secret, and can't write files. Arguments
are pickled; the result is made of None, bool, int, float, str, bytes, list, tuple and dict:
nothing that a child sends back can run here. To refuse its input the function raises `Refused`.

The children are forked by a small server (`contained_server`), one a process that runs
anything, started at the first call: a process with threads can't fork safely, a new Python takes
100 ms, a fork of the server 2 ms. The server ends with its owner, however that ends. (The
`forkserver` of multiprocessing, and pools that are built on it, import the owner's main module
in each child, which is the whole mall, give it the owner's environment, and unpickle whatever
a child sends.)
"""

from __future__ import annotations

import atexit
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from mall.kernel.contained_server import (
    ERROR,
    GONE_WRONG,
    HEADER_BYTES,
    OUT_OF_MEMORY,
    REFUSED,
    Refused,
)
from mall.kernel.plain import plain_values

__all__ = ["Contained", "ContainedError", "Limits", "Reason", "Refused", "run"]

AT_ONCE = 2
"""Children of one process: more would only share the processor, and add up their memory."""
WAITING = 2
"""Threads that may wait for a place: the others answer pages meanwhile."""
_GRACE_S = 5.0
P = ParamSpec("P")
R = TypeVar("R")
_ROOT = str(Path(__file__).resolve().parents[2])


class Reason(StrEnum):
    """Why there is no result."""

    TIME = "time"
    MEMORY = "memory"
    CRASHED = "crashed"
    ERROR = "error"
    BUSY = "busy"


class ContainedError(Exception):
    """The function didn't come to an end. Nothing else is affected.

    BUSY is for another try; each of the others blames the input, or the function.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(f"{reason}: {detail}" if detail else str(reason))


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may take; seconds are the clock's and the processor's, each."""

    memory_mb: int = 512
    seconds: int = 10
    answer_bytes: int = 128 * 1024 * 1024


class _Gone(ContainedError):
    """The server died. The call can be tried again: functions have no effects."""

    def __init__(self) -> None:
        super().__init__(Reason.CRASHED, "the server of children died")


class Contained:
    """The server of one process, and the places in it."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._sizes = (at_once, waiting)
        self._server: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._reset()

    def _reset(self) -> None:
        at_once, waiting = self._sizes
        self._lock = threading.Lock()
        self._places = threading.Semaphore(at_once)
        self._queue = threading.Semaphore(at_once + waiting)

    def run(
        self, function: Callable[P, R], limits: Limits, /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """See `run` below."""
        task = pickle.dumps((function, args, kwargs))
        with self._place(limits):
            try:
                answer = self._answer(function.__module__, task, limits)
            except _Gone:
                answer = self._answer(function.__module__, task, limits)
        return cast(R, _result(answer))

    @contextmanager
    def _place(self, limits: Limits) -> Iterator[None]:
        if not self._queue.acquire(blocking=False):
            raise ContainedError(Reason.BUSY)
        try:
            if not self._places.acquire(timeout=limits.seconds):
                raise ContainedError(Reason.BUSY)
            try:
                yield
            finally:
                self._places.release()
        finally:
            self._queue.release()

    def _answer(self, module: str, task: bytes, limits: Limits) -> bytes:
        """What the child wrote. Raises _Gone, ContainedError."""
        ours, theirs = socket.socketpair()
        ending, told = os.pipe()
        with ours, theirs, os.fdopen(ending, "rb", buffering=0) as end:
            ours.settimeout(limits.seconds + _GRACE_S)
            header = f"{limits.memory_mb} {limits.seconds} {module}".encode()
            ours.sendall(header.ljust(HEADER_BYTES))
            try:
                self._hand_over(theirs.fileno(), told)
            finally:
                theirs.close()
                os.close(told)
            answer = _exchanged(ours, task, limits)
            _check_end(end.read(1))
        return answer

    def _hand_over(self, *fds: int) -> None:
        with self._lock:
            control = self._control
            if control is None or self._server is None or self._server.poll() is not None:
                control = self._start()
            try:
                socket.send_fds(control, [b"j"], list(fds))
            except OSError:  # it died just now
                socket.send_fds(self._start(), [b"j"], list(fds))

    def _start(self) -> socket.socket:
        self._end()
        ours, theirs = socket.socketpair()
        with theirs:
            self._server = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-P", "-m", "mall.kernel.contained_server", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                # No secrets of the environment; and the terminal's Ctrl-C isn't for it.
                env={"PYTHONPATH": _ROOT, "LC_ALL": "C.UTF-8"},
                start_new_session=True,
            )
        self._control = ours
        return ours

    def stop(self) -> None:
        """End the server and its children; the next call starts another."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._control is not None and self._server is not None:
            self._control.close()
            self._server.wait()
        self._server = self._control = None

    def forget(self) -> None:
        """In a process that was just forked: the server is its parent's."""
        if self._control is not None and self._server is not None:
            self._control.close()
            self._server.returncode = 0  # not ours to wait for
        self._server = self._control = None
        self._reset()


def _exchanged(job: socket.socket, task: bytes, limits: Limits) -> bytes:
    answer = bytearray()
    try:
        job.sendall(task)
        job.shutdown(socket.SHUT_WR)
        while chunk := job.recv(1024 * 1024):
            answer += chunk
            if len(answer) > limits.answer_bytes:
                raise ContainedError(Reason.ERROR, "the answer is too long")
    except TimeoutError:
        raise ContainedError(Reason.TIME) from None
    except (BrokenPipeError, ConnectionResetError):
        pass  # the child died while it read; how, is told in another place
    return bytes(answer)


def _check_end(told: bytes) -> None:
    """How the child ended: 0, the number of a signal, or an exit code of its own."""
    if not told:
        raise _Gone
    end = told[0]
    if end in (signal.SIGALRM, signal.SIGXCPU):
        raise ContainedError(Reason.TIME)
    if end == OUT_OF_MEMORY:
        raise ContainedError(Reason.MEMORY)
    if end:
        raise ContainedError(Reason.CRASHED, "" if end == GONE_WRONG else f"signal {end}")


def _result(answer: bytes) -> Any:
    try:
        kind, value = plain_values(answer)
    except Exception as fault:
        raise ContainedError(Reason.ERROR, f"the answer can't be read: {fault}") from None
    if kind == REFUSED:
        raise Refused(*value)
    if kind == ERROR:
        raise ContainedError(Reason.ERROR, value)
    return value


_OF_PROCESS = Contained()
os.register_at_fork(after_in_child=_OF_PROCESS.forget)
atexit.register(_OF_PROCESS.stop)


def run(function: Callable[P, R], limits: Limits, /, *args: P.args, **kwargs: P.kwargs) -> R:
    """`function(*args, **kwargs)` in a child of this process's server, under `limits`.

    Ends in `limits.seconds`, in twice that where it has to wait for a place. Raises Refused as
    the function did, ContainedError for every other end.
    """
    return _OF_PROCESS.run(function, limits, *args, **kwargs)
