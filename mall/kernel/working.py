"""The loop of a worker process: it outlives outages of PostgreSQL and Redis.

procrastinate's own worker ends when its database goes: quietly, with the exit code of a worker
that was asked to stop, so that nobody starts it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Sequence

import structlog
from flask import Flask

from mall.config import Config
from mall.kernel.jobs import brief, worker_app
from mall.kernel.outages import is_outage
from mall.kernel.pooling import refuse_transaction_pooling
from mall.kernel.timers import defer_due, keep_timers
from mall.kernel.worker_port import Pulse, serve_port

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
"""Between two tries to begin again; doubled each time."""
STEADY_S = 60.0
"""After so long at work the next pause is the first again."""
BEAT_S = 5.0
GRACE_S = 25
"""Jobs at work are waited for so long at a stop."""


def work(app: Flask, *, queues: Sequence[str] = (), concurrency: int = 4) -> None:
    """Run the jobs of these queues (none: all) until SIGTERM or SIGINT; jobs at work are finished.

    When the database goes away it begins again by itself, after a pause that grows to half a
    minute; the jobs that the outage broke off are given back by `rescue_stalled_jobs`. Raises what
    else ends the worker: TransactionPooling, and click.ClickException when its port can't be had.
    """
    config: Config = app.extensions["mall.config"]
    pulse = Pulse()
    serve_port(config.worker_host, config.worker_port, pulse)
    asyncio.run(_work(app, list(queues) or None, concurrency, pulse))


def work_off(app: Flask, *, queues: Sequence[str] = (), concurrency: int = 4) -> None:
    """Do what is due in these queues, timers too, then return."""
    config: Config = app.extensions["mall.config"]
    refuse_transaction_pooling(config.database_url)
    asyncio.run(defer_due(app))
    worker_app(app).run_worker(
        queues=list(queues) or None,
        concurrency=concurrency,
        wait=False,
        shutdown_graceful_timeout=GRACE_S,
    )


async def _work(app: Flask, queues: list[str] | None, concurrency: int, pulse: Pulse) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    beating = asyncio.create_task(_beat(pulse))
    try:
        await _work_until(stop, app, queues, concurrency)
    finally:
        beating.cancel()


async def _beat(pulse: Pulse) -> None:
    while True:
        pulse.beat()
        await asyncio.sleep(BEAT_S)


async def _work_until(
    stop: asyncio.Event, app: Flask, queues: list[str] | None, concurrency: int
) -> None:
    pause = FIRST_PAUSE_S
    while True:
        began = time.monotonic()
        fault = await _work_once(app, queues, concurrency, stop)
        if stop.is_set():
            return
        if fault is not None and not is_outage(fault):
            raise fault
        if time.monotonic() - began > STEADY_S:
            pause = FIRST_PAUSE_S
        why = brief(fault) if fault else "its connection to the database was lost"
        log = structlog.get_logger("mall.jobs")
        log.warning("the worker begins again", pause_s=pause, error=why)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
        if stop.is_set():
            return
        pause = min(pause * 2, LONGEST_PAUSE_S)


async def _work_once(
    app: Flask, queues: list[str] | None, concurrency: int, stop: asyncio.Event
) -> BaseException | None:
    """Work until `stop`, or until the worker ends by itself: the error that ended it, if one is
    known."""
    worker = asyncio.create_task(_run(app, queues, concurrency))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({worker, stopped}, return_when=asyncio.FIRST_COMPLETED)
    worker.cancel()  # procrastinate finishes the jobs at work first
    stopped.cancel()
    (ended,) = await asyncio.gather(worker, return_exceptions=True)
    return None if isinstance(ended, asyncio.CancelledError) else ended


async def _run(app: Flask, queues: list[str] | None, concurrency: int) -> None:
    config: Config = app.extensions["mall.config"]
    await asyncio.to_thread(refuse_transaction_pooling, config.database_url)
    procrastinate = worker_app(app)
    async with procrastinate.open_async():
        working = asyncio.create_task(
            procrastinate.run_worker_async(
                queues=queues,  # type: ignore[arg-type]  # None is for all, and its default
                concurrency=concurrency,
                shutdown_graceful_timeout=GRACE_S,
                install_signal_handlers=False,
            )
        )
        timing = asyncio.create_task(keep_timers(app))  # it ends by an error alone
        try:
            await asyncio.wait({working, timing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timing.cancel()
            working.cancel()
            ended = await asyncio.gather(working, timing, return_exceptions=True)
    for fault in ended:
        if isinstance(fault, Exception):
            raise fault
