"""Hot statements run in the session's transaction and fail as the session's own would."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from mall.kernel.db import constraint_of, db, int_array, raw_connection, transaction
from mall.kernel.events import EventDelivery
from mall.kernel.hot import Hot, HotList
from tests.support.http import Http

ADD = Hot("INSERT INTO event_deliveries VALUES (gen_random_uuid(), :handler, now())")
SAME = Hot(
    "INSERT INTO event_deliveries VALUES ('00000000-0000-0000-0000-000000000001', :handler, now())"
)
COUNT = Hot("SELECT count(*) AS n FROM event_deliveries")
FIND = Hot(select(EventDelivery.handler).where(EventDelivery.handler == bindparam("handler")))


def count() -> int:
    with transaction() as session:
        return int(COUNT.rows(session)[0].n)


def test_it_shares_the_transaction(app: Flask) -> None:
    with pytest.raises(RuntimeError, match="no"), transaction() as session:
        ADD.rows(session, handler="a")
        assert session.scalar(text("SELECT count(*) FROM event_deliveries")) == 1
        raise RuntimeError("no")
    assert count() == 0
    with transaction() as session:
        assert ADD.rows(session, handler="a") == []
    assert count() == 1


def test_a_savepoint_takes_it_back(app: Flask) -> None:
    with transaction() as session:
        ADD.rows(session, handler="a")
        with pytest.raises(RuntimeError, match="no"), session.begin_nested():
            ADD.rows(session, handler="b")
            raise RuntimeError("no")
    assert count() == 1


def test_a_select_of_the_toolkit_and_ids(app: Flask) -> None:
    with transaction() as session:
        ADD.rows(session, handler="a")
        assert FIND.first(session, handler="a").handler == "a"  # type: ignore[union-attr]
        assert FIND.first(session, handler="b") is None
        ids = Hot("SELECT unnest(CAST(:ids AS bigint[])) AS id")
        assert [row.id for row in ids.rows(session, ids=int_array([3, 1]))] == [3, 1]
        assert ids.rows(session, ids=int_array([])) == []


def test_a_list_of_any_size(app: Flask) -> None:
    pairs = HotList(
        ("left", "right"),
        lambda places: (
            "SELECT w.l, w.r, pg_typeof(w.l)::text AS kind FROM (VALUES "
            + places
            + ") AS w(l, r) WHERE w.l IS NOT NULL ORDER BY w.l"
        ),
    )
    with transaction() as session:
        for count in (1, 2, 3, 4, 5, 100):
            numbers = list(range(1, count + 1))
            rows = pairs.rows(session, (numbers, [n * 2**40 for n in numbers]))
            assert [(row.l, row.r) for row in rows] == [(n, n * 2**40) for n in numbers]
            assert {row.kind for row in rows} == {"bigint"}


def test_numbers_of_any_size_share_a_plan(app: Flask) -> None:
    same = Hot("SELECT :n AS n, pg_typeof(:n)::text AS kind")
    with transaction() as session:
        for number in (1, 40_000, 2**40, -1):
            row = same.first(session, n=number)
            assert row is not None
            assert (row.n, row.kind) == (number, "bigint")


def test_a_violation_is_the_sessions_error_and_tells_no_values(app: Flask) -> None:
    with pytest.raises(IntegrityError) as refused, transaction() as session:
        SAME.rows(session, handler="secret")
        SAME.rows(session, handler="secret")
    assert constraint_of(refused.value) == "pk_event_deliveries"
    assert count() == 0


def test_each_transaction_finds_its_own_connection(app: Flask) -> None:
    with transaction() as session:
        first = raw_connection(session)
        assert raw_connection(session) is first
    with db.engine.connect() as held:  # the connection of before is taken by another
        held.execute(text("SELECT 1"))
        with transaction() as session:
            found = raw_connection(session)
            assert found is session.connection().connection.driver_connection


def test_a_lost_connection_is_one_refusal_and_the_next_works(app: Flask, http: Http) -> None:
    with pytest.raises(DBAPIError) as lost, transaction() as session:
        raw = raw_connection(session)
        with db.engine.connect() as other:
            other.execute(
                text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": raw.info.backend_pid}
            )
        COUNT.rows(session)
    assert isinstance(lost.value, OperationalError)
    db.session.remove()
    assert count() == 0
