"""Timers: one worker of all defers the periodic jobs, and sweeps only when there is work for them.

The workers agree by a session's advisory lock: when the process or the host that has it goes, the
next one takes over within seconds. That two do it for a moment does no harm, since a job is
deferred once for each of its times.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Sequence

import psycopg
import structlog
from croniter import croniter  # type: ignore[import-untyped]
from flask import Flask
from psycopg import AsyncConnection

from mall.config import Config
from mall.kernel.engine import libpq_address
from mall.kernel.jobs import JOBS, Job, brief
from mall.kernel.outages import is_outage

TAKE_OVER_S = 5.0
"""How often a worker that hasn't the lock asks for it."""
PAUSE_S = 5.0
"""After an outage."""
MARGIN_S = 0.5
"""So much later than its time a job is deferred: the clock of PostgreSQL may go behind ours."""
MISSED_S = 600
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
                await Timers(app, connection).keep()
        except Exception as fault:
            if not is_outage(fault):
                raise
            _log.warning("timers begin again", pause_s=PAUSE_S, error=brief(fault))
        await asyncio.sleep(PAUSE_S)


async def defer_due(app: Flask) -> None:
    """Defer what is due by the clock now, once."""
    async with await _connect(app) as connection:
        await Timers(app, connection).defer_due()


class Timers:
    """Each periodic job and its next time. What was missed in the last ten minutes is made up for
    at the beginning."""

    def __init__(self, app: Flask, connection: AsyncConnection) -> None:
        self._connection = connection
        self._jobs = {name: job for name, job in JOBS.items(app).items() if job.cron}
        now = time.time()
        self._times = {name: croniter(job.cron, now) for name, job in self._jobs.items()}
        self._next = [(_first(times, now), name) for name, times in self._times.items()]
        heapq.heapify(self._next)

    async def keep(self) -> None:
        """Defer each job at its times."""
        while True:
            await self.defer_due()
            await asyncio.sleep(max(self._next[0][0] + MARGIN_S - time.time(), 0))

    async def defer_due(self) -> None:
        """Defer each job whose time has come, but no sweep that has nothing to do."""
        due = self._take_due(time.time())
        jobs = [self._jobs[name] for name in due]
        idle = await _idle(self._connection, [job for job in jobs if job.look])
        wanted = [job for job in jobs if job.name not in idle]
        if wanted:
            names = [job.name for job in wanted]
            columns = ([job.queue for job in wanted], names, [due[name] for name in names])
            await self._connection.execute(_DEFER, columns)

    def _take_due(self, now: float) -> dict[str, int]:
        """The jobs that are due, with the last time of each (s since 1970): once is enough."""
        due: dict[str, int] = {}
        while self._next and self._next[0][0] <= now:
            at, name = self._next[0]
            due[name] = int(at)
            heapq.heapreplace(self._next, (self._times[name].get_next(float), name))
        return due


def _first(times: croniter, now: float) -> float:
    """The last time when it was missed lately, else the next one."""
    last: float = times.get_prev(float)
    return last if now - last < MISSED_S else times.get_next(float)


async def _idle(connection: AsyncConnection, sweeps: Sequence[Job]) -> set[str]:
    """The sweeps that have nothing to do, found in one round trip. When looking fails, none: a
    sweep in vain does no harm."""
    if not sweeps:
        return set()
    asked = ", ".join(f"EXISTS ({sweep.look})" for sweep in sweeps)
    try:
        # The looks are our own constants, never input.
        cursor = await connection.execute(f"SELECT {asked}")
        found = await cursor.fetchone() or ()
    except psycopg.Error as fault:
        if is_outage(fault):
            raise
        _log.error("sweeps are deferred unseen", error=brief(fault))
        return set()
    return {sweep.name for sweep, is_there in zip(sweeps, found, strict=True) if not is_there}


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
