"""Timers: one worker of all defers the periodic jobs, and sweeps only when there is work for them.

The workers agree by a session's advisory lock: when the process or the host that has it goes, the
next one takes over within seconds. That two do it for a moment does no harm, since a job is
deferred once for each of its times.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence

import psycopg
import structlog
from flask import Flask
from procrastinate.periodic import PeriodicDeferrer, PeriodicRegistry, TaskAtTime
from psycopg import AsyncConnection

from mall.config import Config
from mall.kernel.jobs import JOBS, Job, brief, libpq_address, worker_app
from mall.kernel.outages import is_outage

TAKE_OVER_S = 5.0
"""How often a worker that hasn't the lock asks for it."""
PAUSE_S = 5.0
"""After an outage."""
_LOCK = "SELECT pg_try_advisory_lock(hashtextextended('timers of the mall', 0))"
# A host that lost its power must not hold the lock for the hours of the system's defaults.
_SESSION = (
    "SET timezone = 'UTC'; SET statement_timeout = '10s'; SET tcp_keepalives_idle = 10;"
    " SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
)
_DEFER = """
    SELECT procrastinate_defer_periodic_job_v2(
        due.queue, NULL, NULL, due.name, 0, due.name, due.at,
        jsonb_build_object('timestamp', due.at))
    FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS due(queue, name, at)
"""
_log = structlog.get_logger("mall.jobs")


async def keep_timers(app: Flask) -> None:
    """Defer what is due by the clock, while this worker has the lock, until cancelled.

    After an outage it begins again by itself. Raises what isn't one.
    """
    while True:
        try:
            async with await _connect(app) as connection:
                while not await _has_lock(connection):
                    await asyncio.sleep(TAKE_OVER_S)
                await Timers(app, connection).worker()
        except Exception as fault:
            if not is_outage(fault):
                raise
            _log.warning("timers begin again", pause_s=PAUSE_S, error=brief(fault))
        await asyncio.sleep(PAUSE_S)


async def defer_due(app: Flask) -> None:
    """Defer what is due by the clock now, once."""
    async with await _connect(app) as connection:
        timers = Timers(app, connection)
        await timers.defer_jobs(timers.get_previous_tasks(at=time.time()))


class Timers(PeriodicDeferrer):
    """The deferrer of procrastinate on a connection of its own; it looks first.

    What was missed in the last ten minutes is made up for when it begins.
    """

    def __init__(self, app: Flask, connection: AsyncConnection) -> None:
        super().__init__(_registry(app))
        self._connection = connection
        self._jobs = JOBS.items(app)

    async def defer_jobs(self, jobs_to_defer: Iterable[TaskAtTime]) -> None:
        """Defer each of these jobs for its time, but no sweep that has nothing to do."""
        due = [(self._jobs[timer.task.name], at) for timer, at in jobs_to_defer]
        idle = await _idle(self._connection, [one for one, _ in due if one.look])
        wanted = [(one, at) for one, at in due if one.name not in idle]
        if wanted:
            queues, names = [one.queue for one, _ in wanted], [one.name for one, _ in wanted]
            await self._connection.execute(_DEFER, (queues, names, [at for _, at in wanted]))


async def _idle(connection: AsyncConnection, sweeps: Sequence[Job]) -> set[str]:
    """The sweeps that have nothing to do, found in one round trip. When looking fails, none: a
    sweep in vain does no harm."""
    names = sorted({one.name: one for one in sweeps})
    if not names:
        return set()
    looks = {one.name: one.look for one in sweeps}
    asked = ", ".join(f"EXISTS ({looks[name]})" for name in names)
    try:
        # The looks are our own constants, never input.
        cursor = await connection.execute(f"SELECT {asked}")
        found = await cursor.fetchone() or ()
    except psycopg.Error as fault:
        if is_outage(fault):
            raise
        _log.error("sweeps are deferred unseen", error=brief(fault))
        return set()
    return {name for name, is_there in zip(names, found, strict=True) if not is_there}


async def _connect(app: Flask) -> AsyncConnection:
    config: Config = app.extensions["mall.config"]
    connection = await AsyncConnection.connect(
        libpq_address(config.database_url), autocommit=True, connect_timeout=5
    )
    await connection.execute(_SESSION)
    return connection


async def _has_lock(connection: AsyncConnection) -> bool:
    row = await (await connection.execute(_LOCK)).fetchone()
    return row is not None and row[0]


def _registry(app: Flask) -> PeriodicRegistry:
    registry = PeriodicRegistry()  # type: ignore[no-untyped-call]
    tasks = worker_app(app).tasks
    for name, spec in JOBS.items(app).items():
        if spec.cron:
            registry.register_task(tasks[name], spec.cron, periodic_id=name, configure_kwargs={})
    return registry
