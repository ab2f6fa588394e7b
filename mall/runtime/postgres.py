"""A real PostgreSQL as a child process, for development and tests.

It listens on a Unix socket in a private directory, never on a port. Owning and sharing are
told in `embedded`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import psutil

from mall.runtime import postgres_binaries, postgres_home
from mall.runtime.embedded import EmbeddedServer
from mall.runtime.paths import (
    locked,
    make_directory,
    remove_socket_directory,
    socket_directory,
)
from mall.runtime.postgres_home import Home
from mall.runtime.processes import spawn, stop_process

USER = DATABASE = "mall"
_SOCKET = ".s.PGSQL.5432"
_LOG_KEPT_BYTES = 10_000_000
_ORPHANS = ((signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "jit": "off",
}
# Tests only: a crash may lose the last commits, one of the machine may break the data.
_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "10min",
}


class EmbeddedPostgres(EmbeddedServer):
    """A PostgreSQL server whose data belongs to `data_dir`.

    `start` returns a URL `postgresql://mall@/mall?host=…`. `fast=True` is for tests: no
    fsync, and as a context manager it deletes the data at the end.
    """

    name = "PostgreSQL"
    log_name = "postgres.log"
    stop_signals = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0))

    def __init__(self, data_dir: Path, *, fast: bool = False) -> None:
        super().__init__(data_dir)
        self.fast = fast
        self._home: Home | None = None

    def start(self) -> str:
        """Start the server or join the one that runs; returns its URL when it takes connections."""
        make_directory(self.data_dir)
        with locked(self.data_dir / "lock"):
            home = postgres_home.find_or_make(self.data_dir, throwaway=self.fast)
            self._home = home
            self._join_or(_postmaster(home.data), lambda: self._start(home))
            return self._await(lambda: _url(home.data, self._pid))

    def remove(self) -> None:
        """Stop the server and delete its data."""
        home = self._home
        if home is None and self.data_dir.is_dir():
            home = postgres_home.find_or_make(self.data_dir, throwaway=self.fast)
        self.stop()
        if home and not _postmaster(home.data):
            postgres_home.remove(self.data_dir, home)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.fast and self.is_owner:
            self.remove()
        else:
            self.stop()

    # -- starting ----------------------------------------------------------------------

    def _shut_down(self) -> None:
        self._end_process(((signal.SIGINT, 15.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)))
        if self._home:
            remove_socket_directory(self._home.path, _SOCKET, self._home.account)

    def _start(self, home: Home) -> None:
        programs = postgres_binaries.choose(home.data)
        if home.account:
            programs = postgres_binaries.runnable_by(
                home.account, programs, _shelf_of(home, programs)
            )
        if self.log.exists() and self.log.stat().st_size > _LOG_KEPT_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        if not home.data.exists():
            self._initialise(home, programs)
        self._claim()
        self._launch(home, programs)

    def _initialise(self, home: Home, programs: Path) -> None:
        """Make the cluster and its database aside, then put them in place in one step."""
        draft = home.path / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        initdb = f"initdb -U {USER} --auth=trust --encoding=UTF8 --locale=C --no-instructions"
        single = "postgres --single"
        if self.fast:
            initdb, single = f"{initdb} --no-sync", f"{single} -c fsync=off"
        for line, typed in ((initdb, ""), (single, f"CREATE DATABASE {DATABASE};\n")):
            name, *options = line.split()
            program = str(programs / "bin" / name)
            last = ["postgres"] if name == "postgres" else []
            self._run(home, [program, *options, "-D", str(draft), *last], typed)
        draft.rename(home.data)

    def _run(self, home: Home, command: list[str], typed: str) -> None:
        identity = home.account.identity() if home.account else {}
        with self.log.open("ab") as log:
            done = subprocess.run(  # noqa: S603
                command,
                cwd=home.path,
                env=_environment(),
                input=typed.encode(),
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
                **identity,
            )
        if done.returncode:
            raise self.fault("PostgreSQL could not make its data directory")

    def _launch(self, home: Home, programs: Path) -> None:
        _end_orphans(home.data)
        sockets = socket_directory(home.path, _SOCKET, home.account)
        # Left by a killed server. A new one refuses to start if its id is in use again.
        for stale in (home.data / "postmaster.pid", sockets / f"{_SOCKET}.lock"):
            stale.unlink(missing_ok=True)
        settings = _SETTINGS | (_FAST if self.fast else {})
        settings["unix_socket_directories"] = '"' + str(sockets).replace('"', '""') + '"'
        command = [str(programs / "bin" / "postgres"), "-D", str(home.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            self._process = spawn(
                command,
                cwd=home.path,
                env=_environment(),
                output=log,
                death_signal=signal.SIGQUIT if self.fast else signal.SIGINT,
                account=home.account,
            )
        self._pid = self._process.pid


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _shelf_of(home: Home, programs: Path) -> Path:
    """Where a copy of the programs goes, should the server's user need one."""
    account = home.account
    if account is None or account.can_run(programs / "bin" / "postgres"):
        return home.path
    return postgres_home.base_directory()


def _pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def _url(data: Path, pid: int) -> str | None:
    """Where process `pid` takes connections for `data`, once it does."""
    lines = _pid_file(data)
    if len(lines) >= 8 and lines[7].strip() == "ready" and int(lines[0]) == pid:
        return f"postgresql://{USER}@/{DATABASE}?host={quote(lines[4], safe='/')}"
    return None


def _end_orphans(data: Path) -> None:
    """End what a killed server left behind: two must never write to the same data."""
    if not _pid_file(data):
        return
    where = os.path.realpath(data)
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.name().startswith("postgres") and process.cwd() == where:
                stop_process(process.pid, _ORPHANS)


def _postmaster(data: Path) -> int:
    """The id of the server that runs on `data`, 0 if none does."""
    lines = _pid_file(data)
    if not lines or not lines[0].isdigit():
        return 0
    pid = int(lines[0])
    try:
        process = psutil.Process(pid)
        ours = process.status() != psutil.STATUS_ZOMBIE and str(data) in process.cmdline()
    except psutil.Error:
        return 0
    return pid if ours else 0
