"""What a mall costs with nothing to do: two workers and their PostgreSQL, in CPU-ms a second."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import psutil

from benchmarks.report import Row, at_most
from benchmarks.seed import demo_shop
from benchmarks.stack import Stack, cpu_of, running, stop

WORKERS = 2
SETTLING_S = 30.0
"""Imports, first connections and what was missed in the last ten minutes."""
WATCHED_S = 120.0
"""Two whole minutes: every timer of seconds and of minutes comes in them equally often."""


def run(_rounds: int, _seconds: float) -> Iterator[Row]:
    """Two minutes of a mall with a catalogue and no shopper. The floor is a worker that sleeps."""
    with running() as stack:
        demo_shop(stack)
        others = [_start_worker(stack) for _ in range(WORKERS - 1)]
        try:
            time.sleep(SETTLING_S)
            before, began = _cpu(stack, others), time.monotonic()
            time.sleep(WATCHED_S)
            took = time.monotonic() - began
            used = {name: value - before[name] for name, value in _cpu(stack, others).items()}
        finally:
            for other in others:
                stop(other)
    workers, postgresql = (1e3 * used[name] / took for name in ("workers", "postgresql"))
    yield at_most(f"{WORKERS} idle workers together", workers, "CPU-ms/s", 3)
    yield at_most("their PostgreSQL", postgresql, "CPU-ms/s", 2)


def _start_worker(stack: Stack) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "mall", "worker"],
        cwd=stack.root,
        env=stack.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _cpu(stack: Stack, others: list[subprocess.Popen[bytes]]) -> dict[str, float]:
    workers = [stack.worker.pid, *(other.pid for other in others)]
    return {
        "workers": sum(cpu_of(psutil.Process(pid)) for pid in workers),
        "postgresql": cpu_of(stack.postgres),
    }
