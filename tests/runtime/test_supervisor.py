"""`mall run` as a person runs it: real processes, real signals."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from mall.runtime.environment import is_ready, load_environment
from mall.runtime.layout import Layout
from mall.runtime.postgres import EmbeddedPostgres
from mall.runtime.services import fetch
from tests.runtime.helpers import ROOT, alive, eventually
from tests.support.parallel import free_port

WORDS = ("asgi:app", "mall worker", "mall flash-worker")


class Mall:
    """A `mall run` with a var directory and ports of its own."""

    def __init__(self, var: Path) -> None:
        self.layout = Layout(var)
        self.web, self.phone = free_port(), free_port()
        self.process: subprocess.Popen[str] | None = None

    @property
    def environment(self) -> dict[str, str]:
        theirs = ("MALL_", "DATABASE_URL", "REDIS_URL", "PROMETHEUS_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
        return kept | {
            "MALL_VAR_DIR": str(self.layout.var),
            "MALL_PORT": str(self.web),
            "MALL_SIMULATOR_PORT": str(self.phone),
            "MALL_WEB_WORKERS": "1",
        }

    def command(self, *arguments: str, **changes: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "mall.runtime", *arguments],
            cwd=ROOT,
            env=self.environment | changes,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # nohup, or a shell's `&`, may have had us started with it ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )

    def open(self) -> psutil.Process:
        self.process = self.command("run", "--no-demo")
        running = self.process
        assert eventually(lambda: is_ready(self.layout) or running.poll() is not None, within_s=30)
        assert running.poll() is None, self.output()
        return psutil.Process(running.pid)

    def output(self) -> str:
        assert self.process
        return self.process.communicate(timeout=60)[0]

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.web}{path}"


def refused(mall: Mall, *arguments: str, **changes: str) -> str:
    """The one line with which the command refuses."""
    process = mall.command(*(arguments or ("run",)), **changes)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1, output
    assert "Traceback" not in output
    return output.strip().splitlines()[-1]


@pytest.fixture(scope="module")
def mall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mall]:
    mall = Mall(tmp_path_factory.mktemp("mall") / "var")
    mall.layout.var.mkdir()
    yield mall
    if mall.process and mall.process.poll() is None:
        mall.process.terminate()
        mall.process.communicate(timeout=90)
    EmbeddedPostgres(mall.layout.postgres).remove()


def test_a_day_of_a_mall(mall: Mall, monkeypatch: pytest.MonkeyPatch) -> None:
    """One start serves many checks: a start takes seconds."""
    process = mall.open()
    children = process.children(recursive=True)
    assert fetch(mall.url("/readyz"))[0] == 200
    assert fetch(f"http://127.0.0.1:{mall.phone}/phone")[0] == 200

    # The first account is shown once and kept.
    assert stat.S_IMODE(mall.layout.staff_login.stat().st_mode) == 0o600
    login = mall.layout.staff_login.read_text().strip()
    assert re.fullmatch(r"username: admin\npassword: \S{12,}", login)

    # What it wrote down is private, and commands by hand find it.
    assert stat.S_IMODE(mall.layout.environment.stat().st_mode) == 0o600
    assert stat.S_IMODE(mall.layout.secrets.stat().st_mode) == 0o600
    monkeypatch.setenv("REDIS_URL", "redis://mine")
    found = load_environment(mall.layout)
    assert found["DATABASE_URL"].startswith("postgresql://")
    assert found["REDIS_URL"] == "redis://mine"
    printed, _ = mall.command("env").communicate(timeout=30)
    assert f"export MALL_PORT={mall.web}\n" in printed

    # A second one is refused.
    assert f"already runs in {mall.layout.var} (process {process.pid})" in refused(mall)

    # What dies comes back.
    web, worker = child(process, "asgi:app"), child(process, "mall worker")
    assert web
    assert worker
    flash_worker = child(process, "mall flash-worker")
    assert flash_worker
    for each in (web, worker, flash_worker):
        each.kill()
    assert comes_back(process, "mall worker", worker)
    assert comes_back(process, "mall flash-worker", flash_worker)
    assert comes_back(process, "asgi:app", web)
    assert eventually(lambda: fetch(mall.url("/readyz"))[0] == 200, within_s=90)
    children += process.children(recursive=True)

    # SIGTERM stops everything, in order.
    process.terminate()
    output = mall.output()
    assert mall.process
    assert mall.process.returncode == 0, output
    stops = [line.split()[2] for line in output.splitlines() if " Stop " in line]
    assert stops == ["web", "flash-worker", "worker", "simulator", "Redis", "PostgreSQL"]
    assert "web ended (SIGKILL); again in 1 s" in output
    assert " · ".join(login.splitlines()) in output
    logs = "".join(log.read_text() for log in mall.layout.logs.iterdir())
    assert login.split()[-1] not in logs
    assert [each for each in children if alive(each.pid)] == []
    assert not mall.layout.environment.exists()


def test_a_supervisor_killed_leaves_no_child(mall: Mall) -> None:
    process = mall.open()
    children = process.children(recursive=True)
    assert len(children) >= 5
    process.kill()
    assert mall.process
    mall.process.communicate(timeout=30)
    assert eventually(lambda: not any(alive(each.pid) for each in children), within_s=40)


def test_databases_restart_and_crash_and_everybody_lives_on(mall: Mall) -> None:
    process = mall.open()
    others = [child(process, word) for word in WORDS]
    assert all(others)
    restarted_and_crashed = (
        ("postgres", signal.SIGKILL),
        ("redis-server", signal.SIGTERM),
        ("postgres", signal.SIGINT),
        ("redis-server", signal.SIGKILL),
        ("postgres", signal.SIGKILL),
    )
    for word, how in restarted_and_crashed:
        ended(process, word, how)
        assert eventually(lambda: fetch(mall.url("/readyz"))[0] == 200, within_s=60)
    a_job_is_done(mall)
    assert others == [child(process, word) for word in WORDS]

    # One that goes on dying ends the run, with one line.
    last = child(process, "postgres")
    assert last
    last.kill()
    output = mall.output()
    assert mall.process
    assert mall.process.returncode == 1
    assert "PostgreSQL ended; again in 1 s" in output
    assert "Redis is back" in output
    assert "PostgreSQL stopped again and again" in output.strip().splitlines()[-1]
    assert "Traceback" not in output


def ended(process: psutil.Process, word: str, how: signal.Signals) -> None:
    """End a server; it comes back."""
    server = child(process, word)
    assert server
    server.send_signal(how)
    assert comes_back(process, word, server)


def a_job_is_done(mall: Mall) -> None:
    """One that is put into the queue now."""
    url = load_environment(mall.layout)["DATABASE_URL"]
    put = "INSERT INTO procrastinate_jobs (task_name, queue_name) VALUES (%s, %s) RETURNING id"
    with psycopg.connect(url, autocommit=True) as connection:
        job = connection.execute(put, ("kernel.rescue_stalled_jobs", "default")).fetchone()

        def done() -> bool:
            asked = "SELECT status = 'succeeded' FROM procrastinate_jobs WHERE id = %s"
            return connection.execute(asked, job).fetchone() == (True,)

        assert eventually(done, within_s=60)


def test_a_start_broken_off_stops_what_it_started(tmp_path: Path) -> None:
    mall = Mall(tmp_path / "var")
    mall.process = mall.command("run")
    try:
        assert eventually((mall.layout.redis / "server.json").exists, within_s=30)
        children = psutil.Process(mall.process.pid).children(recursive=True)
        mall.process.send_signal(signal.SIGINT)
        output = mall.output()
        assert mall.process.returncode == 1
        assert output.strip().endswith("stopped before the mall was open")
        assert [each for each in children if alive(each.pid)] == []
    finally:
        EmbeddedPostgres(mall.layout.postgres).remove()


def test_a_port_in_use(tmp_path: Path) -> None:
    mall = Mall(tmp_path / "var")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        line = refused(mall, MALL_SIMULATOR_PORT=port)
    assert line == (
        f"Error: port {port} is in use: stop what listens there, "
        "or set MALL_SIMULATOR_PORT to another port"
    )
    assert not mall.layout.postgres.exists()


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"MALL_ENV": "production"}, "DATABASE_URL and REDIS_URL not set"),
        ({"MALL_VAR_DIR": "/proc/none"}, "can't make the directory /proc/none"),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL must be a postgresql:// address"),
    ],
)
def test_a_mistake_gives_one_line(tmp_path: Path, changes: dict[str, str], line: str) -> None:
    assert line in refused(Mall(tmp_path / "var"), **changes)


def test_a_mall_for_a_while(tmp_path: Path) -> None:
    """What the tour uses: a mall is started, found, and stopped."""
    mall = Mall(tmp_path / "var")
    code = """
from mall.runtime.ensure import ensure_running
from mall.runtime.services import fetch
with ensure_running(demo=False) as mall:
    print(mall.started_here, fetch(mall.base_url + "/readyz")[0])
    with ensure_running() as again:
        print(again.started_here, again.environment == mall.environment)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=mall.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    EmbeddedPostgres(mall.layout.postgres).remove()
    assert done.stdout.splitlines() == ["True 200", "False True"], done.stderr
    assert not mall.layout.environment.exists()


def test_clean_removes_a_shop(tmp_path: Path) -> None:
    mall = Mall(tmp_path / "var")
    server = EmbeddedPostgres(mall.layout.postgres)
    server.start()
    server.stop()
    process = mall.command("clean")
    assert process.communicate(timeout=30)[0] == ""
    assert not mall.layout.var.exists()


def test_without_a_mall_there_is_no_environment(tmp_path: Path) -> None:
    assert "no mall runs here" in refused(Mall(tmp_path / "var"), "env")


def child(process: psutil.Process, word: str) -> psutil.Process | None:
    """The direct child whose command has `word` in it."""
    for each in process.children():
        with suppress(psutil.Error):  # it may be ending just now
            if word in " ".join(each.cmdline()):
                return each
    return None


def comes_back(process: psutil.Process, word: str, died: psutil.Process) -> bool:
    return eventually(lambda: child(process, word) not in (None, died))


@pytest.mark.parametrize("said", ["many", "17", "-1"])
def test_a_number_of_flash_workers_that_is_none(mall: Mall, said: str) -> None:
    line = refused(mall, MALL_FLASH_WORKERS=said)
    assert line == f"Error: MALL_FLASH_WORKERS is {said!r}: it takes a number from 0 to 16"
