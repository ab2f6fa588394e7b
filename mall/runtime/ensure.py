"""A mall to talk to: the one that runs here, else one started for the purpose."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from mall.runtime.environment import is_ready, is_running, read_environment
from mall.runtime.errors import RuntimeFault
from mall.runtime.layout import PROJECT, Layout
from mall.runtime.paths import make_directory
from mall.runtime.ports import Ports
from mall.runtime.processes import spawn, stop_process
from mall.runtime.services import fault_with_log

SUPERVISOR = (sys.executable, "-m", "mall.runtime")
_START_TIMEOUT_S = 180.0


@dataclass(frozen=True)
class RunningMall:
    """Where a mall answers, and how to read what it knows."""

    base_url: str
    simulator_url: str
    environment: dict[str, str]
    layout: Layout
    started_here: bool


@contextmanager
def ensure_running(*, demo: bool = True) -> Iterator[RunningMall]:
    """The mall that runs in this directory, or one that is started and stopped around the block.

    Raises RuntimeFault if it can't be started.
    """
    layout = Layout.default()
    if is_running(layout):
        if not _wait_until_ready(layout, lambda: is_running(layout)):
            raise RuntimeFault(f"the mall that runs in {layout.var} does not become ready")
        yield _found(layout, started_here=False)
        return
    log = make_directory(layout.logs) / "run.log"
    log.unlink(missing_ok=True)
    # Private: at the first run the supervisor shows the new staff login.
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as output:
        command = [*SUPERVISOR, "run", "--demo" if demo else "--no-demo"]
        process = spawn(command, cwd=PROJECT, env=os.environ, output=output)
    try:
        if not _wait_until_ready(layout, lambda: process.poll() is None):
            raise fault_with_log("the mall could not be started", log)
        yield _found(layout, started_here=True)
    finally:
        with suppress(ProcessLookupError):
            stop_process(process.pid, [(signal.SIGTERM, 90.0), (signal.SIGKILL, 5.0)])
        process.wait()


def _found(layout: Layout, *, started_here: bool) -> RunningMall:
    environment = read_environment(layout)
    ports = Ports.from_env(environment)
    return RunningMall(ports.web_url, ports.simulator_url, environment, layout, started_here)


def _wait_until_ready(layout: Layout, lives: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline and lives():
        if is_ready(layout):
            return True
        time.sleep(0.1)
    return is_ready(layout)
