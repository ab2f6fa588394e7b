"""Settlement and expiry as a worker does them: one process, its time and its memory."""

from __future__ import annotations

import multiprocessing as mp
import time
from collections.abc import Callable, Sequence

import psutil

from benchmarks.stack import Stack
from mall.application import create_app
from mall.config import Config

MEBI = 2**20
MOST_GROWTH_MB = 16
MOST_SLOWER = 1.3
"""What ten times as many may cost each."""


def alone(
    stack: Stack, turns: Sequence[Callable[[], None]], before: Sequence[Callable[[], None]]
) -> list[tuple[float, float]]:
    """Run `turns` one after the other in a process of their own: the seconds and the growth of
    memory (MiB) of each. Before each, `before` is called in this process."""
    pipe, child = mp.Pipe()
    worker = mp.get_context("fork").Process(target=_work, args=(stack, turns, child))
    worker.start()
    found = []
    for prepare in before:
        prepare()
        memory = psutil.Process(worker.pid).memory_info
        start = peak = memory().rss
        pipe.send("go")
        while not pipe.poll(0.05):
            peak = max(peak, memory().rss)
        said = pipe.recv()
        if isinstance(said, str):
            raise RuntimeError(said)
        found.append((said, (max(peak, memory().rss) - start) / MEBI))
    worker.join()
    return found


def _work(
    stack: Stack, turns: Sequence[Callable[[], None]], pipe: mp.connection.Connection
) -> None:
    app = create_app(Config.from_env(stack.environment | {"MALL_LOG_LEVEL": "ERROR"}))
    with app.app_context():
        for turn in turns:
            pipe.recv()
            started = time.perf_counter()
            try:
                turn()
                pipe.send(time.perf_counter() - started)
            except Exception as fault:
                pipe.send(f"{type(fault).__name__}: {fault}"[:300])
                return
