"""Jobs: work after the commit, by procrastinate, in PostgreSQL.

A job is deferred on the connection of the change that wants it, so it exists exactly
when the change does. A job function must be safe to run twice: the worker may die
between its last commit and its own book-keeping. One that goes on failing ends as
`failed`: the dead-letter list that `mall doctor` shows.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from flask import Flask, current_app, g, has_app_context
from procrastinate import App, PsycopgConnector, RetryStrategy, SyncPsycopgConnector
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from mall.config import Settings
from mall.kernel.db import db, raw_connection

DEFAULT_QUEUE = "default"
PATIENT = RetryStrategy(max_attempts=12, exponential_wait=3)
"""About 4.5 hours of retries: outlasts a deploy and most outages of WeChat."""
SWEEP = RetryStrategy(max_attempts=1)
"""A sweep comes again by itself; retrying it would only pile up."""


@dataclass(frozen=True)
class JobSpec:
    """One kind of job. `cron` (5 fields, or 6 with seconds last) makes it periodic."""

    name: str
    run: Callable[..., None]
    queue: str
    retry: RetryStrategy
    cron: str | None


_registry: dict[str, JobSpec] = {}
_manager = JobManager(SyncPsycopgConnector())


def job(
    name: str,
    *,
    queue: str = DEFAULT_QUEUE,
    retry: RetryStrategy = PATIENT,
    cron: str | None = None,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare a job under a stable name; a periodic one takes no arguments."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        if name in _registry:
            raise RuntimeError(f"two jobs are named {name}")
        _registry[name] = JobSpec(name, function, queue, retry, cron)
        return function

    return register


def defer(
    session: Session, name: str, *, delay_s: int = 0, lock: str | None = None, **args: Any
) -> None:
    """Defer one job in the session's transaction. Jobs of one `lock` run one by one."""
    defer_many(session, name, [args], delay_s=delay_s, lock=lock)


def defer_many(
    session: Session,
    name: str,
    arguments: Iterable[dict[str, Any]],
    *,
    delay_s: int = 0,
    lock: str | None = None,
) -> None:
    """Defer a batch in one statement (a surge travels as a batch)."""
    spec = _registry[name]
    due = datetime.now(UTC) + timedelta(seconds=delay_s) if delay_s else None
    request_id = g.get("request_id") if has_app_context() else None
    batch = [
        Job(
            id=None,
            queue=spec.queue,
            lock=lock,
            queueing_lock=None,
            task_name=name,
            task_kwargs={**args, "_request_id": request_id},
            scheduled_at=due,
        )
        for args in arguments
    ]
    if batch:
        session.flush()
        _manager.batch_defer_jobs(batch, connection=raw_connection(session))


def worker_app(app: Flask) -> App:
    """The procrastinate app of a worker process: every declared job, run in `app`'s context."""
    settings: Settings = app.extensions["mall.settings"]
    conninfo = make_url(settings.database_url).set(drivername="postgresql")
    procrastinate = App(
        connector=PsycopgConnector(
            conninfo=conninfo.render_as_string(hide_password=False), min_size=1, max_size=4
        )
    )
    for spec in _registry.values():
        task = procrastinate.task(name=spec.name, queue=spec.queue, retry=spec.retry)(
            functools.partial(_run, app, spec)
        )
        if spec.cron:
            procrastinate.periodic(cron=spec.cron, periodic_id=spec.name)(task)
    return procrastinate


def _run(
    app: Flask,
    spec: JobSpec,
    timestamp: int | None = None,
    _request_id: str | None = None,
    **args: Any,
) -> None:
    with app.app_context():
        g.request_id, g.job = _request_id, spec.name
        log = structlog.get_logger("mall.jobs")
        try:
            spec.run(**args)
        except Exception as fault:
            log.warning("job failed", error=repr(fault)[:300])
            raise
        finally:
            db.session.remove()


@job("kernel.rescue_stalled_jobs", retry=SWEEP, cron="*/1 * * * *")
def rescue_stalled_jobs() -> None:
    """Give the jobs of a killed worker back to the queue."""
    with db.session.begin():
        db.session.connection().exec_driver_sql(
            """
            SELECT procrastinate_retry_job_v2(j.id, now(), NULL, NULL, NULL)
            FROM procrastinate_jobs j
            LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
            WHERE j.status = 'doing'
              AND (w.id IS NULL OR w.last_heartbeat < now() - interval '45 seconds')
            """
        )


@job("kernel.delete_old_jobs", retry=SWEEP, cron="17 * * * *")
def delete_old_jobs() -> None:
    """Forget succeeded jobs after a day; failed ones stay until somebody looks."""
    with db.session.begin():
        db.session.connection().exec_driver_sql(
            """
            DELETE FROM procrastinate_jobs j
            WHERE j.status = 'succeeded' AND NOT EXISTS (
                SELECT 1 FROM procrastinate_events e
                WHERE e.job_id = j.id AND e.at > now() - interval '1 day')
            """
        )


def run_pending(app: Flask | None = None) -> None:
    """Work off every due job in this process, then return (`mall work --once`, tests)."""
    target = app or current_app._get_current_object()  # type: ignore[attr-defined]
    worker_app(target).run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
