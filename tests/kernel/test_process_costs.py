"""What spares a request its system calls holds in a forked process too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest

from mall.kernel.metrics import Histogram
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
import multiprocessing, os, sys, time
from mall.kernel.http.observe import note

def tell(who):
    note(who, "GET", "health.healthz", 200, 0.001, logs=True)

tell("parent")
time.sleep(0.3)  # its thread has written, and is gone in the child
tell("waiting")
child = os.fork()
if not child:
    tell("child")
    time.sleep(0.3)
    os._exit(0)  # settles nothing
os.waitpid(child, 0)
worker = multiprocessing.get_context("fork").Process(target=tell, args=("worker",))
worker.start()  # it ends before the next tenth of a second
worker.join()
tell("again")
time.sleep(30)
"""
_ENDS = """
from mall.kernel.http.observe import note

note("last", "GET", "health.healthz", 200, 0.001, logs=True)
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


def test_many_values_at_once_are_each_in_their_bucket() -> None:
    registry = CollectorRegistry()
    taken = (0.5, 1.0, 1.5, 2.0, 99.0)
    each = Histogram("each", "One by one", ["a"], buckets=(1, 2), registry=registry)
    together = Histogram("together", "At once", ["a"], buckets=(1, 2), registry=registry)
    for amount in taken:
        each.labels("x").observe(amount)
    together.labels("x").observe_all(taken)
    told = generate_latest(registry).decode().splitlines()
    found = [
        [line.removeprefix(name) for line in told if line.startswith(f"{name}_")]
        for name in ("each", "together")
    ]
    kept = [[line for line in lines if "_created" not in line] for lines in found]
    assert kept[0] == kept[1]
    assert '_bucket{a="x",le="1.0"} 2.0' in kept[0]


def test_lines_of_requests_are_there_in_a_moment_each_once() -> None:
    process = _python(_LINES)
    assert process.stdout
    try:
        who = [json.loads(process.stdout.readline())["request_id"] for _ in range(4)]
        assert who[0] == "parent"
        assert sorted(who[1:]) == ["child", "waiting", "worker"]
        written = time.monotonic()
        assert json.loads(process.stdout.readline())["request_id"] == "again"
        assert time.monotonic() - written < 10  # it sleeps for 30 s
    finally:
        process.kill()
        process.communicate()


def test_the_end_of_a_process_settles_what_waits() -> None:
    told, _ = _python(_ENDS).communicate(timeout=30)
    assert json.loads(told)["request_id"] == "last"
