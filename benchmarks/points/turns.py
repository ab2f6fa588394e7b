"""Turns a second of a command and of its floor, with as many connections each."""

from __future__ import annotations

import multiprocessing as mp
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import psycopg

from benchmarks.points.flow import Flow
from benchmarks.stack import Stack
from mall.application import create_app
from mall.config import Config
from mall.kernel.db import db

PROCESSES = 2
Given = Mapping[str, Any]
Worker = Callable[[], AbstractContextManager[Callable[[Given], None]]]
"""Opens what a thread needs, and says what one turn is."""


def rate(
    start: Callable[[], Worker], turns: Sequence[Given], *, connections: int, seconds: float
) -> float:
    """Turns a second until the time is over; RuntimeError when they run out before half of it.

    `start` is called once in each process, `turns` are dealt to the threads, each used once.
    """
    results: mp.Queue[tuple[int, float] | str] = mp.get_context("fork").Queue()
    threads = connections // PROCESSES
    processes = [
        mp.get_context("fork").Process(
            target=_process, args=(results, start, turns[n::PROCESSES], threads, seconds)
        )
        for n in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    found = [results.get(timeout=seconds + 120) for _ in processes]
    for process in processes:
        process.join()
    faults = [one for one in found if isinstance(one, str)]
    if faults:
        raise RuntimeError(faults[0])
    return sum(one[0] / one[1] for one in found if not isinstance(one, str))


def by_the_mall(stack: Stack, command: Callable[[Given], None]) -> Callable[[], Worker]:
    """The command of the mall, in an app of the process's own."""

    def start() -> Worker:
        settings = {"MALL_LOG_LEVEL": "ERROR", "MALL_DB_POOL_SIZE": "64"}
        app = create_app(Config.from_env(stack.environment | settings))

        @contextmanager
        def worker() -> Iterator[Callable[[Given], None]]:
            with app.app_context():
                yield command
                db.session.remove()

        return worker

    return start


def by_psycopg(stack: Stack, flow: Flow) -> Callable[[], Worker]:
    """The same statements, and nothing else."""

    def start() -> Worker:
        @contextmanager
        def worker() -> Iterator[Callable[[Given], None]]:
            with psycopg.connect(stack.database_url) as connection:
                yield lambda given: flow.run(connection, given)

        return worker

    return start


def _process(
    results: mp.Queue[tuple[int, float] | str],
    start: Callable[[], Worker],
    turns: Sequence[Given],
    threads: int,
    seconds: float,
) -> None:
    barrier = threading.Barrier(threads + 1)
    stop = threading.Event()
    counts, faults, ended = [0] * threads, list[str](), [0.0] * threads
    worker = start()

    def work(index: int) -> None:
        mine = iter(turns[index::threads])
        try:
            with worker() as turn:
                turn(next(mine))
                barrier.wait(60)
                for given in mine:
                    if stop.is_set():
                        break
                    turn(given)
                    counts[index] += 1
                ended[index] = time.perf_counter()
        except Exception as fault:
            faults.append(f"{type(fault).__name__}: {fault}")
            barrier.abort()

    workers = [threading.Thread(target=work, args=(i,)) for i in range(threads)]
    for one in workers:
        one.start()
    try:
        barrier.wait(60)
    except threading.BrokenBarrierError:
        faults.append("a worker didn't start")
    started = time.perf_counter()
    ticking = threading.Timer(seconds, stop.set)
    ticking.start()
    for one in workers:
        one.join()
    ticking.cancel()
    spent = max(ended) - started
    if not faults and spent < seconds / 2:
        faults.append(f"the turns ran out after {spent:.1f} s")
    results.put(faults[0] if faults else (sum(counts), spent))
