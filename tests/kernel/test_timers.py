"""Timers: one worker defers for all, each time once, and no sweep that has nothing to do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import text
from structlog.testing import capture_logs

from mall.kernel import timers
from mall.kernel.db import db, transaction
from mall.kernel.jobs import JOBS, Job
from mall.kernel.registry import EXTENSION
from mall.kernel.timers import defer_due, keep_timers
from tests.support.looks import sees_work

HELD = text("SELECT pg_try_advisory_lock(hashtextextended('timers of the mall', 0))")
RELEASE = text("SELECT pg_advisory_unlock_all()")
OF_TIMERS = (
    "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND query LIKE '%procrastinate_defer_periodic%'"
)


@pytest.fixture
def sweep(app: Flask) -> Iterator[str]:
    """A sweep every second that looks for rows in `event_deliveries`."""
    spec = Job(
        name="tests.sweep",
        run=lambda: None,
        queue="default",
        retry=JOBS["kernel.sweep_outbound_calls"].retry,
        cron="* * * * * *",
        look="SELECT FROM event_deliveries",
    )
    app.extensions[EXTENSION][JOBS][spec.name] = spec
    yield spec.name
    del app.extensions[EXTENSION][JOBS][spec.name]


def make_work() -> None:
    with transaction() as session:
        session.execute(text("INSERT INTO event_deliveries VALUES (gen_random_uuid(), 'x', now())"))


def deferred(name: str) -> int:
    db.session.rollback()
    counting = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = :name"
    return db.session.scalar(text(counting), {"name": name}) or 0


def keep_for(app: Flask, seconds: float) -> None:
    async def keep() -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(keep_timers(app), seconds)

    asyncio.run(keep())


def test_a_sweep_with_nothing_to_do_is_not_deferred(app: Flask, sweep: str) -> None:
    asyncio.run(defer_due(app))
    assert deferred(sweep) == 0
    make_work()
    asyncio.run(defer_due(app))
    assert deferred(sweep) == 1


def test_a_job_without_a_look_is_deferred_each_time_once(app: Flask) -> None:
    for _ in range(3):
        asyncio.run(defer_due(app))
    assert deferred("inventory.refresh_sold_counts") == 1


def test_a_look_that_fails_defers_all(app: Flask, sweep: str) -> None:
    specs = app.extensions[EXTENSION][JOBS]
    specs[sweep] = replace(specs[sweep], look="SELECT FROM no_such_table")
    with capture_logs() as said:
        asyncio.run(defer_due(app))
    assert deferred(sweep) == 1
    assert [line["log_level"] for line in said] == ["error"]
    assert "no_such_table" in said[0]["error"]


def test_another_worker_has_the_timers_until_it_goes(
    app: Flask, sweep: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "TAKE_OVER_S", 0.05)
    make_work()
    with db.engine.connect() as other:
        assert other.scalar(HELD)
        keep_for(app, 1.2)
        assert deferred(sweep) == 0
        other.execute(RELEASE)
    keep_for(app, 1.2)
    assert deferred(sweep) > 0


def test_they_outlive_their_connection(
    app: Flask, sweep: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "PAUSE_S", 0.05)
    make_work()

    async def keep_and_break() -> None:
        keeping = asyncio.create_task(keep_timers(app))
        await asyncio.sleep(0.7)
        with transaction() as session:
            ended = session.scalars(text(f"SELECT pg_terminate_backend(pid) {OF_TIMERS}")).all()
        assert ended == [True]
        before = deferred(sweep)
        await asyncio.sleep(2.5)
        assert deferred(sweep) > before
        assert not keeping.done()
        keeping.cancel()

    asyncio.run(keep_and_break())


def test_a_look_sees_what_there_is(app: Flask) -> None:
    assert not sees_work("SELECT FROM event_deliveries")
    make_work()
    assert sees_work("SELECT FROM event_deliveries")
