"""The log line and the metrics of a request are written when it is answered."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from structlog.testing import capture_logs

from mall.application import create_app
from mall.config import Config
from mall.kernel.http.observe import record_request, request_log
from mall.kernel.logging import add_context, configure_logging
from tests.conftest import ROOT

_ENDS = """
import os, signal
from types import SimpleNamespace
from mall.kernel.http.observe import record_request, request_log
from mall.kernel.logging import configure_logging

configure_logging(SimpleNamespace(log_format="json", log_level="INFO"))
log = request_log()

def answer(request_id):
    record_request(log, "GET", "health.healthz", 200, 0.004, request_id=request_id, phone="138")

answer("parent")
child = os.fork()
answer("parent-2" if child else "child")
if not child:
    os.kill(os.getpid(), signal.SIGKILL)
os.waitpid(child, 0)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_each_request_leaves_one_log_line(config: Config) -> None:
    app = create_app(replace(config, log_level="INFO"))
    with capture_logs(processors=[add_context]) as lines:
        app.test_client().get("/healthz?phone=13800138000", headers={"X-Request-ID": "trace-0001"})
    (line,) = [line for line in lines if line["event"] == "request"]
    assert line["request_id"] == "trace-0001"
    assert (line["method"], line["endpoint"], line["status"]) == ("GET", "health.healthz", 200)
    assert line["ms"] >= 0
    assert "13800138000" not in repr(lines)


def test_the_log_level_silences_the_line(config: Config) -> None:
    app = create_app(replace(config, log_level="WARNING"))
    with capture_logs() as lines:
        assert app.test_client().get("/healthz").status_code == 200
    assert lines == []


def test_a_killed_process_has_written_its_lines_and_metrics(tmp_path: Path, config: Config) -> None:
    """Also after a fork: the child counts in a file of its own."""
    process = subprocess.run(
        [sys.executable, "-c", _ENDS],
        cwd=ROOT,
        env=os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
    assert process.returncode == -signal.SIGKILL
    lines = [json.loads(line) for line in process.stdout.splitlines()]
    assert sorted(line["request_id"] for line in lines) == ["child", "parent", "parent-2"]
    assert all(line["phone"] == "[redacted]" and line["timestamp"] for line in lines)
    assert lines[0]["level"] == "info"
    assert lines[0]["ms"] == 4.0
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(tmp_path))  # type: ignore[no-untyped-call]
    found = generate_latest(registry).decode()
    labels = '{endpoint="health.healthz",status="200"}'
    assert f"mall_http_request_seconds_count{labels} 3.0" in found
    assert len(list(tmp_path.glob("histogram_*.db"))) == 2


def test_an_output_that_nobody_reads_fails_no_request(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Closed:
        def write(self, _text: str) -> int:
            raise BrokenPipeError

        def flush(self) -> None: ...

    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", Closed())
        configure_logging(replace(config, log_level="INFO"))
        log = request_log()
    configure_logging(config)
    record_request(log, "GET", "health.healthz", 200, 0.001, request_id="12345678")
