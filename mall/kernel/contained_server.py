"""The process that forks the children of `mall.kernel.contained`. It has one thread.

`python -m mall.kernel.contained_server FD`: FD is a socket on which the owner hands over one
socket and one pipe a job. The socket begins with a header of HEADER_BYTES: memory in MB,
seconds, and the module that the server imports once, so that no child has to. What follows is
the pickled call, which only the child reads, and answers on the same socket. On the pipe the
server writes one byte when the child has ended: 0, a signal's number, or an exit code below.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pickle
import resource
import select
import signal
import socket
import sys
from collections.abc import Callable

HEADER_BYTES = 256
RESULT, REFUSED, ERROR = "result", "refused", "error"
# Exit codes of a child, above every signal's number.
OUT_OF_MEMORY, GONE_WRONG = 100, 101


class Refused(Exception):
    """A contained function doesn't take its input. The arguments are plain values."""


def serve(control: socket.socket) -> None:
    """Fork a child for each job until the owner is gone; then end those that still run."""
    wake, waker = socket.socketpair()
    waker.setblocking(False)
    wake.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker.fileno())
    running: dict[int, int] = {}
    gc.freeze()
    while True:
        ready, _, _ = select.select([control, wake], [], [])
        if wake in ready:
            with contextlib.suppress(BlockingIOError):
                wake.recv(4096)
            _reap(running)
        if control in ready:
            _, fds, _, _ = socket.recv_fds(control, 1, 2)
            if len(fds) != 2:
                break
            with socket.socket(fileno=fds[0]) as job:
                running[_fork(job, [control, wake, waker], [fds[1], *running.values()])] = fds[1]
    for pid in running:
        os.kill(pid, signal.SIGKILL)


def _fork(job: socket.socket, own: list[socket.socket], pipes: list[int]) -> int:
    """The header is there already: it was written before the socket was handed over."""
    memory_mb, seconds, module = job.recv(HEADER_BYTES, socket.MSG_WAITALL).decode().split()
    # Where it can't be imported the child meets the same fault, and tells it.
    with contextlib.suppress(Exception):
        importlib.import_module(module)
    pid = os.fork()
    if pid:
        return pid
    code = GONE_WRONG
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for other in own:
            other.close()
        for pipe in pipes:
            os.close(pipe)
        _limit(int(memory_mb), int(seconds))
        _work(job)
        code = 0
    except MemoryError:
        code = OUT_OF_MEMORY
    finally:
        os._exit(code)


def _limit(memory_mb: int, seconds: int) -> None:
    # Should the machine run out of memory all the same, this is the process to end.
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
    os.nice(5)
    memory = memory_mb * 1024 * 1024
    # Not every system knows a limit of addresses (macOS doesn't); the clock holds there, too.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    # The kernel ends us: a handler in Python would wait for the decoder to return.
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _work(job: socket.socket) -> None:
    task = bytearray()
    while chunk := job.recv(1024 * 1024):
        task += chunk
    job.sendall(pickle.dumps(_outcome(task)))


def _outcome(task: bytearray) -> tuple[str, object]:
    try:
        function, args, kwargs = pickle.loads(task)  # noqa: S301 - of our own process
        call: Callable[..., object] = function
        return RESULT, call(*args, **kwargs)
    except Refused as refused:
        return REFUSED, refused.args
    except MemoryError:
        raise
    except Exception as fault:
        return ERROR, f"{type(fault).__name__}: {fault}"[:500]


def _reap(running: dict[int, int]) -> None:
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        pipe = running.pop(pid)
        end = os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        with contextlib.suppress(BrokenPipeError):  # whoever asked may be gone
            os.write(pipe, bytes([end]))
        os.close(pipe)


if __name__ == "__main__":
    # By its name, so that `Refused` isn't a class of its own in here.
    importlib.import_module("mall.kernel.contained_server").serve(
        socket.socket(fileno=int(sys.argv[1]))
    )
