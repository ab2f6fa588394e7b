"""What spares a request its system calls holds in a forked process too."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.conftest import ROOT

_METRICS = """
import os
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from mall.kernel.metrics import Counter, Histogram

presses = Counter("presses", "Before and after a fork")
seconds = Histogram("seconds", "Of both", ["endpoint"])
presses.inc()
child = os.fork()
presses.inc(10)
seconds.labels("a").observe(1)
if not child:
    os._exit(0)
os.waitpid(child, 0)
registry = CollectorRegistry()
MultiProcessCollector(registry)
print(generate_latest(registry).decode())
"""
_LINES = """
import os, sys, time
from mall.kernel.http import request_lines

request_lines.write("parent\\n")
time.sleep(0.3)  # its thread has flushed, and is gone in the child
child = os.fork()
if not child:
    request_lines.write("child\\n")
    time.sleep(0.3)
    os._exit(0)  # flushes nothing
os.waitpid(child, 0)
request_lines.write("again\\n")
time.sleep(30)
"""


def _python(code: str, **environment: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=kept | environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_forked_process_counts_in_a_file_of_its_own(tmp_path: Path) -> None:
    told, _ = _python(_METRICS, PROMETHEUS_MULTIPROC_DIR=str(tmp_path)).communicate(timeout=30)
    assert "presses_total 21.0" in told
    assert 'seconds_count{endpoint="a"} 2.0' in told
    assert len(list(tmp_path.glob("counter_*.db"))) == 2


def test_request_lines_are_there_in_a_moment() -> None:
    process = _python(_LINES)
    assert process.stdout
    try:
        assert [process.stdout.readline() for _ in range(2)] == ["parent\n", "child\n"]
        written = time.monotonic()
        assert process.stdout.readline() == "again\n"
        assert time.monotonic() - written < 10  # it sleeps for 30 s
    finally:
        process.kill()
        process.communicate()
