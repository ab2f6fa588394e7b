"""transaction(), events and jobs on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel import events, jobs
from mall.kernel.db import db, transaction
from mall.kernel.features import Mall
from tests.support.features import installed


@dataclass(frozen=True)
class Rang(events.Event):
    name: ClassVar[str] = "test.rang"
    note: str


heard: list[str] = []
failing = {"on": False}


def hear(session: Session, event: Rang) -> None:
    heard.append(event.note)


def hear_badly(session: Session, event: Rang) -> None:
    if failing["on"]:
        raise RuntimeError("not now")
    heard.append("bad:" + event.note)


def install(mall: Mall) -> None:
    mall.on(Rang, "test.hear", hear)
    mall.on(Rang, "test.hear_badly", hear_badly)


@pytest.fixture(autouse=True)
def _listeners(migrated_app: Flask) -> Iterator[None]:
    heard.clear()
    failing["on"] = False
    with installed(install, migrated_app):
        yield


def jobs_waiting() -> int:
    return int(
        db.session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'"))
    )


def test_an_event_is_delivered_after_the_commit(app: Flask, work: Callable[[], None]) -> None:
    with transaction() as session:
        events.publish(session, Rang("once"))
    assert heard == []
    work()
    assert sorted(heard) == ["bad:once", "once"]


def test_a_rolled_back_change_announces_nothing(app: Flask) -> None:
    with pytest.raises(RuntimeError, match="changed my mind"), transaction() as session:
        events.publish(session, Rang("never"))
        raise RuntimeError("changed my mind")
    assert jobs_waiting() == 0


def test_an_inner_transaction_joins_the_outer_one(app: Flask) -> None:
    with pytest.raises(RuntimeError, match="outer"), transaction():
        with transaction() as inner:
            inner.execute(
                text("INSERT INTO event_deliveries VALUES (gen_random_uuid(), 'x', now())")
            )
        raise RuntimeError("outer")
    assert db.session.scalar(text("SELECT count(*) FROM event_deliveries")) == 0


def test_a_failing_handler_is_retried_alone(app: Flask, work: Callable[[], None]) -> None:
    failing["on"] = True
    with transaction() as session:
        events.publish(session, Rang("again"))
    work()
    assert heard == ["again"]
    failing["on"] = False
    db.session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now()"))
    db.session.commit()
    work()
    assert heard == ["again", "bad:again"]


def test_a_dead_event_that_is_put_back_acts_only_where_it_failed(
    app: Flask, work: Callable[[], None]
) -> None:
    """However long its job lay among the dead letters."""
    failing["on"] = True
    with transaction() as session:
        events.publish(session, Rang("late"))
    work()
    db.session.execute(
        text(
            "UPDATE procrastinate_jobs SET status = 'failed'"
            " WHERE task_name = 'kernel.deliver_event'"
        )
    )
    db.session.execute(
        text("UPDATE event_deliveries SET delivered_at = delivered_at - interval '8 days'")
    )
    db.session.execute(text("UPDATE procrastinate_events SET at = at - interval '8 days'"))
    db.session.commit()
    events.forget_deliveries()
    failing["on"] = False
    with transaction() as session:
        assert jobs.retry_failed(session) == 1
    work()
    assert heard == ["late", "bad:late"]


def test_deliveries_go_when_their_job_has_succeeded(app: Flask, work: Callable[[], None]) -> None:
    with transaction() as session:
        events.publish(session, Rang("done"))
    work()
    events.forget_deliveries()
    assert deliveries() == 2, "the worker may still be at its book-keeping"
    db.session.execute(
        text("UPDATE event_deliveries SET delivered_at = delivered_at - interval '2 hours'")
    )
    db.session.commit()
    events.forget_deliveries()
    assert deliveries() == 0


def deliveries() -> int:
    return int(db.session.scalar(text("SELECT count(*) FROM event_deliveries")) or 0)
