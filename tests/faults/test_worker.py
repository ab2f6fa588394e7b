"""The worker outlives PostgreSQL and Redis: it begins again by itself, and no job is given up."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from mall.kernel.db import db, transaction
from mall.kernel.jobs import defer
from mall.runtime.postgres import EmbeddedPostgres
from mall.runtime.redis_server import EmbeddedRedis
from tests.conftest import ROOT
from tests.support.deployed import command_of_unit
from tests.support.parallel import free_port
from tests.support.payments import Shop

OUTAGE_S = 3.0
PATIENCE_S = 45.0
JOB = "kernel.rescue_stalled_jobs"
Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def worker_port() -> int:
    return free_port()


@pytest.fixture
def worker(own_environment: dict[str, str], tmp_path: Path, worker_port: int) -> Iterator[Start]:
    """Starts `mall worker`; at the end it is asked to stop and must, with 0."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        with (tmp_path / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                command_of_unit("worker"),
                cwd=ROOT,
                env={**os.environ, **own_environment, "MALL_WORKER_PORT": str(worker_port)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            assert process.wait(30) == 0, (tmp_path / "worker.log").read_text()[-3000:]
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def does_a_job() -> None:
    """A job that is deferred now is done in time."""
    with transaction() as session:
        defer(session, JOB)
        job_id = session.scalar(text("SELECT max(id) FROM procrastinate_jobs"))
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE_S:
        if status_of(job_id) == "succeeded":
            return
        time.sleep(0.1)
    raise AssertionError(f"the job is {status_of(job_id)}")


def status_of(job_id: int | None) -> str | None:
    with transaction() as session:
        query = text("SELECT status::text FROM procrastinate_jobs WHERE id = :id")
        return session.scalar(query, {"id": job_id})


def given_up() -> list[str]:
    with transaction() as session:
        query = text("SELECT task_name FROM procrastinate_jobs WHERE status = 'failed'")
        return list(session.scalars(query))


@contextmanager
def stopped(server: EmbeddedPostgres | EmbeddedRedis) -> Iterator[None]:
    db.session.remove()
    db.engine.dispose()
    server.stop()
    try:
        yield
    finally:
        server.start()


def crash_postgres() -> None:
    """A backend is killed: PostgreSQL ends all of them and recovers."""
    pid = db.session.scalar(text("SELECT pg_backend_pid()"))
    os.kill(int(pid or 0), signal.SIGKILL)
    with suppress(DBAPIError):
        db.session.execute(text("SELECT 1"))
    db.session.remove()
    db.engine.dispose()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with suppress(DBAPIError):
            db.session.execute(text("SELECT 1"))
            db.session.remove()
            return
        db.session.remove()
        time.sleep(0.1)
    raise AssertionError("PostgreSQL didn't recover")


def test_postgresql_and_redis_restart_and_crash(
    shop: Shop,
    worker: Start,
    worker_port: int,
    postgres: EmbeddedPostgres,
    redis_server: EmbeddedRedis,
) -> None:
    process = worker()
    does_a_job()
    url = f"http://127.0.0.1:{worker_port}"
    assert "mall_attention_items" in requests.get(f"{url}/metrics", timeout=5).text
    with stopped(postgres):
        time.sleep(OUTAGE_S)
        assert requests.get(f"{url}/healthz", timeout=5).status_code == 200
    does_a_job()
    crash_postgres()
    does_a_job()
    with stopped(redis_server):
        time.sleep(OUTAGE_S)
        does_a_job()
    does_a_job()
    assert process.poll() is None
    assert given_up() == []


def test_started_and_stopped_while_there_is_no_database(
    shop: Shop, worker: Start, postgres: EmbeddedPostgres
) -> None:
    with stopped(postgres):
        process = worker()
        time.sleep(OUTAGE_S)
        assert process.poll() is None
    does_a_job()
    with stopped(postgres):
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
