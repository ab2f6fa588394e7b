"""The supervisor's parts one by one: services, batches, secrets, records, ports."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from mall.runtime.environment import (
    is_running,
    load_environment,
    remove_environment,
    write_environment,
)
from mall.runtime.errors import RuntimeFault
from mall.runtime.layout import Layout
from mall.runtime.paths import explanation, private_directory, socket_directory
from mall.runtime.ports import Ports
from mall.runtime.processes import ProcessRecord
from mall.runtime.secret_store import ensure_secrets
from mall.runtime.services import Service, ServiceProcess
from tests.runtime.helpers import alive, eventually


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "var")
    layout.run.mkdir(parents=True)
    return layout


@pytest.fixture
def run_code(tmp_path: Path) -> Iterator[object]:
    started = []

    def start(code: str, timeout_s: float = 5) -> ServiceProcess:
        command = [sys.executable, "-c", code]
        service = Service("thing", command, tmp_path / "thing.log", timeout_s)
        process = ServiceProcess(service, os.environ)
        process.start()
        started.append(process)
        return process

    yield start
    for process in started:
        process.stop()


STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


def test_a_stubborn_service_is_killed_with_its_children(run_code) -> None:
    process = run_code(STUBBORN, timeout_s=0.2)
    log = process.service.log
    assert eventually(lambda: log.read_text().endswith("\n"))
    pids = [process.pid, int(log.read_text())]
    assert process.stop() is False
    assert eventually(lambda: not any(map(alive, pids)))


def test_a_service_that_dies_is_revived_after_a_pause(run_code) -> None:
    process = run_code("import time; time.sleep(60)")
    psutil.Process(process.pid).kill()
    assert eventually(lambda: process.ended() is not None)
    died = process.pid
    line = process.restart_if_dead()
    assert line
    assert "thing ended (SIGKILL); again in 1 s" in line
    assert process.restart_if_dead() is None
    assert eventually(lambda: process.restart_if_dead() is None and process.pid != died, within_s=3)


def test_a_service_that_never_starts_says_why(run_code) -> None:
    process = run_code("raise SystemExit('Error: MALL_PORT is silly')")
    assert eventually(lambda: process.ended() is not None)
    with pytest.raises(RuntimeFault, match=r"did not start \(exit code 1\): Error: MALL_PORT is"):
        process.wait_for("http://127.0.0.1:9/")


def test_a_full_disk_gives_one_line(run_code) -> None:
    process = run_code("raise OSError(28, 'No space left on device')")
    assert eventually(lambda: process.ended() is not None)
    with pytest.raises(RuntimeFault, match=r"^the disk is full: free some space for"):
        process.check()


def test_the_end_of_a_log_explains_a_failure(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("noise\nError: two are missing:\n  A\n  B\n")
    assert explanation(log) == "Error: two are missing: A B"
    log.write_text("Traceback …\nValueError: no\n[2026-11-22 08:27:37 +0000] Shutting down\n\n")
    assert explanation(log) == "ValueError: no"
    assert explanation(tmp_path / "none") == "no log"


def test_secrets_are_drawn_once_and_private(layout: Layout) -> None:
    first = ensure_secrets(layout)
    assert first == ensure_secrets(layout)
    assert stat.S_IMODE(layout.secrets.stat().st_mode) == 0o600
    assert first["MALL_PERSONAL_DATA_KEYS"].startswith("dev1:")
    layout.secrets.write_text("{}")
    with pytest.raises(RuntimeFault, match="is damaged"):
        ensure_secrets(layout)


def test_the_environment_is_only_found_while_a_mall_runs(layout: Layout) -> None:
    write_environment(layout, {"MALL_APPID": "wx1", "HOME": "/nowhere", "REDIS_URL": "redis://x"})
    assert "MALL_APPID" not in load_environment(layout)
    assert not is_running(layout)
    assert '"HOME"' not in layout.environment.read_text()
    remove_environment(layout)
    assert not layout.environment.exists()


def test_ports() -> None:
    assert Ports.from_env({}) == Ports("127.0.0.1", 8000, 8010)
    ports = Ports.from_env({"MALL_HOST": "0.0.0.0", "MALL_PORT": "9000"})
    assert ports.web_url == "http://127.0.0.1:9000"
    assert Ports.from_env(ports.environment()) == ports
    for wrong in ("0", "65536", "-1", "8000.0", "８０００"):
        with pytest.raises(RuntimeFault, match="MALL_PORT must be"):
            Ports.from_env({"MALL_PORT": wrong})
    with pytest.raises(RuntimeFault, match="are the same"):
        Ports("127.0.0.1", 18765, 18765).check(with_simulator=True)


def test_a_socket_directory_is_plain_and_private(tmp_path: Path) -> None:
    assert socket_directory(tmp_path / "a", "s") == tmp_path / "a"
    short = socket_directory(tmp_path / "with a space", "s")
    try:
        assert " " not in str(short)
        assert stat.S_IMODE(short.stat().st_mode) == 0o700
        short.chmod(0o755)
        with pytest.raises(RuntimeFault, match="not a private directory"):
            private_directory(short)
    finally:
        short.rmdir()


def test_a_process_record_knows_an_id_that_is_used_again(tmp_path: Path) -> None:
    record = ProcessRecord.of(os.getpid())
    record.write(tmp_path / "record")
    assert ProcessRecord.read(tmp_path / "record") == record
    assert record.is_alive()
    assert not ProcessRecord(record.pid, record.started - 60).is_alive()
    (tmp_path / "record").write_text("{")
    assert ProcessRecord.read(tmp_path / "record") is None
