"""`mall run`: one process that owns all others, from the first step to the last."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from prometheus_client.multiprocess import mark_process_dead

from mall.runtime.environment import remove_environment, write_private
from mall.runtime.errors import RuntimeFault
from mall.runtime.interrupts import Interrupts, StopRequested
from mall.runtime.layout import Layout
from mall.runtime.paths import make_directory, reason
from mall.runtime.ports import Ports
from mall.runtime.services import ServiceProcess
from mall.runtime.startup import Startup, short_path, start_mall
from mall.runtime.steps import Steps

_POLL_S = 0.25


def run(*, demo: bool = True, ready_file: Path | None = None, steps: Steps | None = None) -> None:
    """Start a mall in this directory and keep it up until Ctrl-C or SIGTERM.

    Raises RuntimeFault, with one line for the person, for everything that they can mend.
    """
    layout, steps = Layout.default(), steps or Steps()
    try:
        _run(layout, steps, demo, ready_file)
    except OSError as fault:
        where = f" ({fault.filename})" if fault.filename else ""
        raise RuntimeFault(
            f"{reason(fault)}{where}: free some space, or make it yours (chown)"
        ) from fault


def _run(layout: Layout, steps: Steps, demo: bool, ready_file: Path | None) -> None:
    began = time.monotonic()
    with Interrupts() as interrupts, _exclusive(layout), ExitStack() as stack:
        remove_environment(layout)  # of a run that was killed
        stack.callback(remove_environment, layout)
        start = Startup(layout, Ports.from_env(os.environ), steps, stack)
        try:
            start_mall(start, demo=demo)
            steps.say()
            steps.say(f"The mall is open ({time.monotonic() - began:.1f} s). Ctrl-C closes it.")
            _show_addresses(start)
            for file in filter(None, (layout.ready, ready_file)):
                write_private(file, f"{os.getpid()}\n")
            interrupts.started()
            _watch(start, interrupts)
        except StopRequested:
            raise RuntimeFault("stopped before the mall was open") from None
        finally:
            interrupts.started()


def _watch(start: Startup, interrupts: Interrupts) -> None:
    """Restart what dies; end the run when a database dies again and again."""
    while not interrupts.stop_requested.wait(_POLL_S):
        for revival in start.revivals:
            line = revival.restart_if_dead()
            if line:
                start.steps.say(line)
        for service in start.services:
            _restart_dead(start, service)


def _restart_dead(start: Startup, service: ServiceProcess) -> None:
    died = service.pid
    line = service.restart_if_dead()
    if line:
        start.steps.say(line)
        mark_process_dead(died, str(start.layout.metrics))  # type: ignore[no-untyped-call]


@contextmanager
def _exclusive(layout: Layout) -> Iterator[None]:
    """Hold the lock of this directory; the kernel releases it, however the process ends."""
    make_directory(layout.run)
    handle = os.open(layout.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _try_lock(handle):
            pid = os.pread(handle, 20, 0).decode().strip() or "unknown"
            raise RuntimeFault(
                f"a mall already runs in {layout.var} (process {pid}): stop that one first, or set "
                "MALL_VAR_DIR, MALL_PORT and MALL_SIMULATOR_PORT for a second one"
            )
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def _try_lock(handle: int) -> bool:
    """Try for a moment: a command that asks whether a mall runs holds the lock very shortly."""
    for _ in range(10):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        else:
            return True
    return False


def _show_addresses(start: Startup) -> None:
    web = start.ports.web_url
    rows = {
        "Staff console": f"{web}/console",
        "API docs": f"{web}/docs",
        "Health": f"{web}/readyz",
    }
    if start.simulates_wechat:
        rows["A shopper's phone"] = f"{start.ports.simulator_url}/phone"
    login = start.layout.staff_login
    if start.new_staff_login:
        rows["Staff login"] = " · ".join(start.new_staff_login.splitlines())
        rows["  kept in"] = short_path(login)
    elif login.exists():
        rows["Staff login"] = f"in {short_path(login)}"
    rows["Logs"] = short_path(start.layout.logs)
    start.steps.facts(rows)
