"""One long-running child of the supervisor: started, asked, restarted, stopped."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from mall.runtime.errors import RuntimeFault
from mall.runtime.interrupts import pause
from mall.runtime.layout import PROJECT
from mall.runtime.paths import explanation, ran_out_of_space
from mall.runtime.processes import spawn, wait_for_exit

_LOG_KEPT_BYTES = 20_000_000
_LONGEST_PAUSE_S = 30.0
_STABLE_S = 60.0  # after a run this long the next death starts with the shortest pause again


@dataclass(frozen=True)
class Service:
    """What to run and how to end it."""

    name: str
    command: Sequence[str]
    log: Path
    timeout_s: float


class ServiceProcess:
    """The process of a service, through its restarts."""

    def __init__(self, service: Service, environment: Mapping[str, str]) -> None:
        self.service = service
        self.pid = 0
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._pause_s = 1.0
        self._due: float | None = None

    @property
    def name(self) -> str:
        return self.service.name

    def start(self) -> None:
        with open_log(self.service.log) as log:
            self._process = spawn(
                self.service.command, cwd=PROJECT, env=self._environment, output=log
            )
        self.pid = self._process.pid
        self._started = time.monotonic()
        self._due = None

    def ended(self) -> int | None:
        """Its exit code if it has ended (negative: the signal), else None."""
        return self._process.poll() if self._process else None

    def restart_if_dead(self) -> str | None:
        """Restart it if it died and its pause is over; returns a line to show when it just died."""
        code = self.ended()
        if code is None:
            return None
        if self._due is None:
            self._kill_group()
            if time.monotonic() - self._started > _STABLE_S:
                self._pause_s = 1.0
            self._due = time.monotonic() + self._pause_s
            pause, self._pause_s = self._pause_s, min(self._pause_s * 2, _LONGEST_PAUSE_S)
            ended = f"{self.name} ended ({describe_exit(code)})"
            return f"{ended}; again in {pause:.0f} s · {self.service.log}"
        if time.monotonic() >= self._due:
            self.start()
        return None

    def check(self) -> None:
        """Raise RuntimeFault if it has ended."""
        code = self.ended()
        if code is not None:
            raise fault_with_log(
                f"{self.name} did not start ({describe_exit(code)})", self.service.log
            )

    def wait_for(self, url: str, timeout_s: float = 60.0) -> None:
        """Return when `url` answers 200; RuntimeFault if it doesn't or the service ends."""
        deadline = time.monotonic() + timeout_s
        while True:
            status, body = fetch(url)
            if status == 200:
                return
            self.check()
            if time.monotonic() > deadline:
                said = f"answers {status}: {body[:200]}" if status else "does not answer"
                raise RuntimeFault(f"{url} {said}; see {self.service.log}")
            pause(0.05)

    def stop(self) -> bool:
        """End it: SIGTERM, then SIGKILL after its time-out. False if it had to be killed."""
        if self._process is None:
            return True
        with suppress(ProcessLookupError):
            if self._process.poll() is None:
                self._process.send_signal(signal.SIGTERM)
        ended = wait_for_exit(self.pid, self.service.timeout_s)
        self._kill_group()
        self._process.wait()
        self._process = None
        return ended

    def _kill_group(self) -> None:
        """Its own children too: a killed gunicorn leaves workers that hold the port."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


def fault_with_log(what: str, log: Path) -> RuntimeFault:
    """A fault with the end of the log that explains it."""
    if ran_out_of_space(log) or not shutil.disk_usage(log.parent).free:
        return RuntimeFault(f"the disk is full: free some space for {log.parent}")
    return RuntimeFault(f"{what}: {explanation(log)} · {log}")


def open_log(path: Path) -> IO[bytes]:
    """Open a child's log to append; a large one is put aside first."""
    if path.exists() and path.stat().st_size > _LOG_KEPT_BYTES:
        path.replace(path.with_name(f"{path.name}.1"))
    return path.open("ab")


def fetch(url: str) -> tuple[int, str]:
    """Status and body of a GET; status 0 if nobody answers."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    try:
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        return answer.status, answer.read(2000).decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def describe_exit(code: int) -> str:
    """How a process ended, in words."""
    if code < 0:
        with suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"
