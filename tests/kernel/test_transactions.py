"""transaction(), events and jobs on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel import events
from mall.kernel.db import db, transaction


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


@pytest.fixture(autouse=True)
def _listeners() -> Iterator[None]:
    events.subscribe(Rang, hear)
    events.subscribe(Rang, hear_badly)
    heard.clear()
    failing["on"] = False
    yield
    events._handlers.pop(Rang.name)


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
