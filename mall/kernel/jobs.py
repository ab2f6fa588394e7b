"""Jobs: work after the commit, by procrastinate, in PostgreSQL.

A job is deferred on the connection of the change that wants it, so it exists exactly
when the change does. A job function must be safe to run twice: the worker may die
between its last commit and its own book-keeping. One that goes on failing ends as
`failed`, with its last error: the dead-letter list that `mall doctor` shows and
`mall jobs retry` puts back to work.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import structlog
from flask import Flask, current_app, g, has_app_context
from procrastinate import (
    App,
    BaseRetryStrategy,
    JobContext,
    PsycopgConnector,
    RetryDecision,
    RetryStrategy,
    SyncPsycopgConnector,
)
from procrastinate.jobs import Job as QueuedJob
from procrastinate.manager import JobManager
from psycopg import AsyncConnection
from psycopg.abc import PQGen
from psycopg.rows import TupleRow
from sqlalchemy import BigInteger, Text, func, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

from mall.config import Config
from mall.kernel.db import Base, db, raw_connection, transaction
from mall.kernel.engine import libpq_address
from mall.kernel.outages import is_outage
from mall.kernel.registry import Registry

DEFAULT_QUEUE = "default"
PATIENT = RetryStrategy(max_attempts=12, exponential_wait=3)
"""About 4.5 hours of retries: outlasts a deploy and most outages of WeChat."""
SWEEP = RetryStrategy(max_attempts=1)
"""A sweep comes again by itself; retrying it would only pile up."""


class ThroughOutages(BaseRetryStrategy):
    """What an outage broke off is tried again until it is over; all else by the `usual` strategy.

    A sweep, too: the next one may be a day away, and one that was given up would ask for somebody.
    """

    def __init__(self, usual: BaseRetryStrategy) -> None:
        self._usual = usual

    def get_retry_decision(
        self, *, exception: BaseException, job: QueuedJob
    ) -> RetryDecision | None:
        if is_outage(exception):
            return RetryDecision(retry_in={"seconds": min(5 * 2 ** min(job.attempts, 6), 300)})
        return self._usual.get_retry_decision(exception=exception, job=job)


@dataclass(frozen=True)
class Job:
    """One kind of job. `cron` (5 fields, or 6 with seconds last) makes it periodic.

    `look` is SQL: a SELECT that gives a row whenever the job would find something to do. Without a
    row it isn't even deferred, so that a sweep with nothing to do costs next to nothing.
    """

    name: str
    run: Callable[..., None]
    queue: str
    retry: RetryStrategy
    cron: str | None
    look: str

    @property
    def module(self) -> str:
        """Where it is declared."""
        return self.run.__module__

    def __call__(self, *args: Any, **named: Any) -> None:
        """Do its work here and now."""
        self.run(*args, **named)


JOBS: Registry[Job] = Registry("jobs", lambda job: job.name)


Waited = TypeVar("Waited")
MAX_ERROR = 300
POOL_PATIENCE_S = 5
"""A worker waits so long for a connection: one that is to stop must not wait for an outage."""


class PatientConnection(AsyncConnection[TupleRow]):
    """The driver wakes ten times a second while it waits, to see a Ctrl-C. Under asyncio that is a
    cancellation, which needs no waking: a worker that waits for a notice costs nothing."""

    async def wait(
        self, gen: PQGen[Waited], interval: float = 60.0, timeout: float | None = None
    ) -> Waited:
        """Wait for the generator, at most `timeout` seconds."""
        return await super().wait(gen, interval=interval, timeout=timeout)


class JobError(Base):
    """Why a job's last try failed, beside procrastinate's own row."""

    __tablename__ = "job_errors"
    job_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    error: Mapped[str] = mapped_column(Text)
    failed_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


_manager = JobManager(SyncPsycopgConnector())


def job(
    name: str,
    *,
    queue: str = DEFAULT_QUEUE,
    retry: RetryStrategy = PATIENT,
    cron: str | None = None,
    look: str = "",
) -> Callable[[Callable[..., None]], Job]:
    """Make a function a job under a stable name; a periodic one takes no arguments.

    The feature installs it with `mall.jobs(module)`.
    """
    return lambda function: Job(name, function, queue, retry, cron, look)


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
    priority: int = 0,
) -> None:
    """Defer a batch in one statement (a surge travels as a batch).

    Workers take jobs of a higher `priority` first: a surge that may wait lets others pass.
    """
    spec = JOBS[name]
    due = datetime.now(UTC) + timedelta(seconds=delay_s) if delay_s else None
    request_id = g.get("request_id") if has_app_context() else None
    batch = [
        QueuedJob(
            id=None,
            queue=spec.queue,
            lock=lock,
            queueing_lock=None,
            priority=priority,
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
    config: Config = app.extensions["mall.config"]
    procrastinate = App(
        connector=PsycopgConnector(
            conninfo=libpq_address(config.database_url),
            connection_class=PatientConnection,
            min_size=1,
            max_size=4,
            timeout=POOL_PATIENCE_S,
        )
    )
    for spec in JOBS.items(app).values():
        procrastinate.task(
            name=spec.name,
            queue=spec.queue,
            retry=ThroughOutages(spec.retry),
            pass_context=True,
        )(functools.partial(_run, app, spec))
    return procrastinate


def _run(
    app: Flask,
    spec: Job,
    context: JobContext,
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
            db.session.rollback()
            log.warning("job failed", error=brief(fault))
            _keep_error(context.job.id, brief(fault))
            raise
        finally:
            db.session.remove()


def brief(fault: BaseException) -> str:
    """What went wrong, in a line without the values at hand: they may be personal."""
    if isinstance(fault, BaseExceptionGroup):
        return "; ".join(brief(part) for part in fault.exceptions)[:MAX_ERROR]
    said = str(fault.orig if isinstance(fault, DBAPIError) else fault)
    first = next(iter(said.splitlines()), "")
    return f"{type(fault).__name__}: {first}"[:MAX_ERROR]


def _keep_error(job_id: int | None, error: str) -> None:
    """Keep why a job's last try failed; procrastinate itself forgets it."""
    if job_id is None:
        return
    with contextlib.suppress(SQLAlchemyError), transaction() as session:
        statement = insert(JobError).values(job_id=job_id, error=error)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=[JobError.job_id],
                set_={"error": error, "failed_at": func.clock_timestamp()},
            )
        )


def retry_failed(session: Session, job_ids: Collection[int] | None = None) -> int:
    """Put jobs that were given up back to work, all or those named; how many there were."""
    found = session.execute(
        text(
            "SELECT procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL)"
            " FROM procrastinate_jobs"
            " WHERE status = 'failed' AND (CAST(:ids AS bigint[]) IS NULL OR id = ANY(:ids))"
        ),
        {"ids": None if job_ids is None else list(job_ids)},
    )
    return len(found.all())


_STALLED = """
    FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
    WHERE j.status = 'doing'
      AND (w.id IS NULL OR w.last_heartbeat < now() - interval '45 seconds')
"""


@job("kernel.rescue_stalled_jobs", retry=SWEEP, cron="*/1 * * * *", look=f"SELECT {_STALLED}")
def rescue_stalled_jobs() -> None:
    """Give the jobs of a killed worker back to the queue."""
    with transaction() as session:
        session.connection().exec_driver_sql(
            f"SELECT procrastinate_retry_job_v2(j.id, now(), NULL, NULL, NULL) {_STALLED}"
        )


@job("kernel.delete_old_jobs", retry=SWEEP, cron="17 * * * *")
def delete_old_jobs() -> None:
    """Forget succeeded jobs after a day; failed ones stay until somebody looks."""
    with transaction() as session:
        session.connection().exec_driver_sql(
            """
            DELETE FROM procrastinate_jobs j
            WHERE j.status = 'succeeded' AND NOT EXISTS (
                SELECT 1 FROM procrastinate_events e
                WHERE e.job_id = j.id AND e.at > now() - interval '1 day')
            """
        )
        session.connection().exec_driver_sql(
            """
            DELETE FROM job_errors f WHERE NOT EXISTS (
                SELECT 1 FROM procrastinate_jobs j WHERE j.id = f.job_id)
            """
        )


def run_pending(app: Flask | None = None) -> None:
    """Work off every due job in this process, then return. The timers stand still."""
    target = app or current_app._get_current_object()  # type: ignore[attr-defined]
    worker_app(target).run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
