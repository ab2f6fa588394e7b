"""Prepared statements run in the session's transaction and fail as the session's own would."""

from __future__ import annotations

import psycopg
import pytest
from flask import Flask
from psycopg.pq import TransactionStatus
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from mall.kernel.db import (
    connect_transactional,
    constraint_of,
    db,
    int_array,
    raw_connection,
    transaction,
)
from mall.kernel.events import EventDelivery
from mall.kernel.prepared import PreparedListStatement, PreparedStatement
from tests.support.http import Http

ADD = PreparedStatement("INSERT INTO event_deliveries VALUES (gen_random_uuid(), :handler, now())")
SAME = PreparedStatement(
    "INSERT INTO event_deliveries VALUES ('00000000-0000-0000-0000-000000000001', :handler, now())"
)
COUNT = PreparedStatement("SELECT count(*) AS n FROM event_deliveries")
FIND = PreparedStatement(
    select(EventDelivery.handler).where(EventDelivery.handler == bindparam("handler"))
)


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
        ids = PreparedStatement("SELECT unnest(CAST(:ids AS bigint[])) AS id")
        assert [row.id for row in ids.rows(session, ids=int_array([3, 1]))] == [3, 1]
        assert ids.rows(session, ids=int_array([])) == []


def test_a_list_of_any_size(app: Flask) -> None:
    pairs = PreparedListStatement(
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
    same = PreparedStatement("SELECT :n AS n, pg_typeof(:n)::text AS kind")
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


def test_reads_stand_alone_and_a_transaction_begins_after_them(app: Flask) -> None:
    session = db.session()
    assert COUNT.rows(session)[0].n == 0
    raw = raw_connection(session)
    assert raw.info.transaction_status is TransactionStatus.IDLE
    with pytest.raises(RuntimeError, match="no"), transaction():
        assert raw_connection(session) is raw
        ADD.rows(session, handler="a")
        assert raw.info.transaction_status is TransactionStatus.INTRANS
        raise RuntimeError("no")
    assert count() == 0


def test_a_lock_needs_a_transaction_that_keeps_it(app: Flask) -> None:
    lock = PreparedStatement("SELECT handler FROM event_deliveries FOR UPDATE")
    with pytest.raises(RuntimeError, match="outside a transaction"):
        lock.rows(db.session())
    with transaction() as session:
        assert lock.rows(session) == []


def test_a_transactional_connection_is_an_ordinary_one_when_it_comes_back(app: Flask) -> None:
    COUNT.rows(db.session())
    db.session.remove()
    with connect_transactional(db.engine) as connection:
        connection.execute(text("SELECT 1"))
        raw = connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        assert raw.info.transaction_status is TransactionStatus.INTRANS
    assert count() == 0
    assert raw_connection(db.session()) is raw  # the pool gives the last one used
    assert raw.info.transaction_status is TransactionStatus.IDLE


def test_a_refusal_keeps_what_is_prepared(app: Flask) -> None:
    prepared = text("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'mall_%'")
    with transaction() as session:
        COUNT.rows(session)
        before = session.scalar(prepared)
    with pytest.raises(RuntimeError, match="no"), transaction() as session:
        with pytest.raises(IntegrityError), session.begin_nested():
            SAME.rows(session, handler="a")
            SAME.rows(session, handler="a")
        raise RuntimeError("no")
    with transaction() as session:
        assert session.scalar(prepared) >= (before or 0) >= 1  # type: ignore[operator]
        assert COUNT.rows(session)[0].n == 0


def names(*statements: PreparedStatement) -> set[str]:
    """How a fresh connection calls what these prepare, run in this order."""
    db.session.remove()
    db.engine.dispose()
    with transaction() as session:
        for statement in statements:
            statement.rows(session)
        found = text("SELECT name FROM pg_prepared_statements WHERE name LIKE 'mall_%'")
        return set(session.scalars(found))


def test_a_name_means_one_statement_on_every_connection(app: Flask) -> None:
    other = PreparedStatement("SELECT 1 AS n")
    first, second = names(COUNT, other), names(other, COUNT)
    assert (len(first), first) == (2, second)
    assert names(COUNT).isdisjoint(names(other))
    same = PreparedStatement(COUNT.sql)
    assert len(names(COUNT, same)) == 1
    kinds = PreparedStatement("SELECT CAST(:a AS text) AS a")
    with transaction() as session:
        assert kinds.rows(session, a="x") == [("x",)]
        assert kinds.rows(session, a=1) == [("1",)]


def test_a_value_may_be_missing_in_one_run_and_there_in_the_next(app: Flask) -> None:
    at = PreparedStatement(
        "SELECT COALESCE(CAST(:at AS timestamptz), 'epoch') AS at, :word AS word"
    )
    with transaction() as session:
        assert at.rows(session, at=None, word=None)[0].word is None
        now = session.scalar(text("SELECT now()"))
        assert at.rows(session, at=now, word="五折 50%")[0] == (now, "五折 50%")
        assert at.rows(session, at=None, word="b")[0].at.year == 1970


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
