"""Jobs of the kernel on a real procrastinate."""

from __future__ import annotations

import json
from collections.abc import Callable

import psycopg
from flask import Flask
from sqlalchemy import text

from mall.kernel import jobs
from mall.kernel.db import after_commit, db, transaction


def status_of_jobs() -> dict[str, str]:
    rows = db.session.execute(text("SELECT task_name, status::text FROM procrastinate_jobs"))
    found = {row.task_name: row.status for row in rows}
    db.session.rollback()
    return found


def test_a_killed_workers_job_is_given_back_and_done(app: Flask, work: Callable[[], None]) -> None:
    with transaction() as session:
        jobs.defer(session, "kernel.delete_old_jobs")
        session.execute(text("UPDATE procrastinate_jobs SET status = 'doing'"))
    jobs.rescue_stalled_jobs()
    assert status_of_jobs()["kernel.delete_old_jobs"] == "todo"
    work()
    assert status_of_jobs()["kernel.delete_old_jobs"] == "succeeded"


def test_a_live_workers_job_is_left_alone(app: Flask) -> None:
    with transaction() as session:
        jobs.defer(session, "kernel.delete_old_jobs")
        worker = session.scalar(
            text("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
        )
        session.execute(
            text("UPDATE procrastinate_jobs SET status = 'doing', worker_id = :w"), {"w": worker}
        )
    jobs.rescue_stalled_jobs()
    assert status_of_jobs()["kernel.delete_old_jobs"] == "doing"


def test_old_succeeded_jobs_are_forgotten_failed_ones_kept(
    app: Flask, work: Callable[[], None]
) -> None:
    with transaction() as session:
        jobs.defer_many(session, "kernel.forget_deliveries", [{}, {}])
    work()
    with transaction() as session:
        failed = session.scalar(
            text(
                "UPDATE procrastinate_jobs SET status = 'failed'"
                " WHERE id = (SELECT min(id) FROM procrastinate_jobs) RETURNING id"
            )
        )
        session.execute(text("UPDATE procrastinate_events SET at = now() - interval '2 days'"))
    jobs.delete_old_jobs()
    assert db.session.scalars(text("SELECT id FROM procrastinate_jobs")).all() == [failed]


def test_a_failing_hook_after_the_commit_is_no_refusal(app: Flask) -> None:
    def fails(_session: object) -> None:
        raise RuntimeError("too late to matter")

    with transaction() as session:
        session.execute(text("INSERT INTO event_deliveries VALUES (gen_random_uuid(), 'x', now())"))
        after_commit(session, fails)
    assert db.session.scalar(text("SELECT count(*) FROM event_deliveries")) == 1


def test_a_job_that_ends_tells_those_that_wait_for_its_lock(
    app: Flask, work: Callable[[], None]
) -> None:
    """Else they would wait for a worker's next poll."""
    with transaction() as session:
        jobs.defer_many(session, "kernel.rescue_stalled_jobs", [{}, {}], lock="one by one")
        jobs.defer_many(session, "kernel.rescue_stalled_jobs", [{}])
        address = session.get_bind().engine.url.set(drivername="postgresql")
    with psycopg.connect(address.render_as_string(hide_password=False), autocommit=True) as conn:
        conn.execute('LISTEN "procrastinate_any_queue_v1"')
        work()
        told = [one.payload for one in conn.notifies(timeout=1, stop_after=3)]
    with transaction() as session:
        locked = session.scalars(
            text("SELECT id FROM procrastinate_jobs WHERE lock = 'one by one' ORDER BY id")
        ).all()
    assert [json.loads(one)["job_id"] for one in told] == locked
