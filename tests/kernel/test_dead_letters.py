"""A job that is given up keeps its error and can be put back to work."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from mall.doctor.attention import attention_lists
from mall.kernel import jobs
from mall.kernel.db import db, transaction
from tests.support.cli import mall
from tests.support.features import installed

faults: list[Exception] = []


@jobs.job("test.stumble", retry=jobs.SWEEP)
def stumble(n: int) -> None:
    if faults:
        raise faults[0]


@pytest.fixture(autouse=True)
def _stumbling(migrated_app: Flask) -> Iterator[None]:
    with installed(lambda mall: mall.add(jobs.JOBS, stumble), migrated_app):
        yield
    faults.clear()


def given_up(work: Callable[[], None], *numbers: int) -> list[int]:
    with transaction() as session:
        jobs.defer_many(session, "test.stumble", [{"n": n} for n in numbers])
    work()
    return list(
        db.session.scalars(
            text("SELECT id FROM procrastinate_jobs WHERE status = 'failed' ORDER BY id")
        )
    )


def mall_jobs(app: Flask, *arguments: str) -> tuple[int, str]:
    db.session.rollback()
    result = mall(app, "jobs", "retry", *arguments)
    return result.exit_code, result.output


def test_the_list_tells_why(app: Flask, work: Callable[[], None]) -> None:
    faults.append(RuntimeError("the well is dry\nsecond line"))
    (job_id,) = given_up(work, 1)
    (letters,) = [one for one in attention_lists() if one.of.name == "dead_letters"]
    assert letters.count == 1
    assert letters.rows[0]["id"] == job_id
    assert letters.rows[0]["args"] == {"n": 1}
    assert letters.rows[0]["error"] == "RuntimeError: the well is dry"


def test_back_to_work(app: Flask, work: Callable[[], None]) -> None:
    faults.append(RuntimeError("not now"))
    first, second = given_up(work, 1, 2)
    faults.clear()
    assert mall_jobs(app, str(first)) == (0, "1 job(s) put back to work.\n")
    work()
    states = {
        row.id: row.status
        for row in db.session.execute(text("SELECT id, status FROM procrastinate_jobs"))
    }
    assert (states[first], states[second]) == ("succeeded", "failed")
    code, said = mall_jobs(app, str(first))
    assert code == 1
    assert "aren't given up" in said
    assert mall_jobs(app, "--all")[0] == 0
    work()
    assert (
        db.session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE status='failed'"))
        == 0
    )


@pytest.mark.parametrize("arguments", [(), ("1", "--all"), ("x",), ("0",)])
def test_a_mistake_is_told(app: Flask, arguments: tuple[str, ...]) -> None:
    assert mall_jobs(app, *arguments)[0] == 2


def test_no_value_of_a_row_gets_into_the_error() -> None:
    orig = Exception("duplicate key value\nDETAIL: Key (openid)=(oSecret) already exists.")
    fault = IntegrityError("INSERT INTO users VALUES (:a)", {"a": "oSecret"}, orig)
    assert jobs.brief(fault) == "IntegrityError: duplicate key value"
    group = ExceptionGroup("two", [fault, ValueError("x")])
    assert jobs.brief(group) == "IntegrityError: duplicate key value; ValueError: x"
    assert len(jobs.brief(ValueError("x" * 999))) <= jobs.MAX_ERROR


def test_errors_go_with_their_jobs(app: Flask, work: Callable[[], None]) -> None:
    faults.append(RuntimeError("not now"))
    given_up(work, 1)
    db.session.execute(text("DELETE FROM procrastinate_events; DELETE FROM procrastinate_jobs"))
    db.session.commit()
    jobs.delete_old_jobs()
    assert db.session.scalar(text("SELECT count(*) FROM job_errors")) == 0
