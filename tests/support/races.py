"""Real threads that start together, and slow writes that make every race a sure one."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import copy
from typing import Any, TypeVar

from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from mall.kernel.db import db
from mall.kernel.prepared import PreparedStatement

Outcome = TypeVar("Outcome")


def together(app: Flask, calls: Sequence[Callable[[], Outcome]]) -> list[Outcome | Exception]:
    """Make all calls at the same instant, each in a thread and an app context of its own."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Outcome]) -> Outcome | Exception:
        with app.app_context():
            db.session.execute(text("SELECT 1"))  # connected before the start, not during the race
            db.session.rollback()
            barrier.wait(30)
            try:
                return call()
            except Exception as error:
                return error
            finally:
                db.session.remove()

    db.session.rollback()
    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@contextmanager
def slow_writes(
    table: str, *, of: str = "INSERT OR UPDATE", seconds: float = 0.2
) -> Iterator[None]:
    """Let every row written to `table` take a while, so that the others catch up."""
    execute(
        f"CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN PERFORM pg_sleep({seconds}); RETURN NEW; END $$",
        f"CREATE TRIGGER dawdle BEFORE {of} ON {table} FOR EACH ROW EXECUTE FUNCTION dawdle()",
    )
    try:
        yield
    finally:
        execute(f"DROP TRIGGER dawdle ON {table}", "DROP FUNCTION dawdle()")


GATE = 160_016
WAITS_AT_GATE = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = :gate AND NOT granted"
).bindparams(gate=GATE)
"""How many wait at the gate of `held_inserts`."""


@contextmanager
def held_inserts(table: str) -> Iterator[Callable[[], None]]:
    """No row is inserted into `table` before the yielded function is called."""
    execute(
        "CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " PERFORM set_config('lock_timeout', '60s', true);"
        f" PERFORM pg_advisory_xact_lock({GATE}); RETURN NEW; END $$",
        f"CREATE TRIGGER wait_at_gate BEFORE INSERT ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION wait_at_gate()",
    )
    try:
        with db.engine.connect() as gate:
            gate.execute(text("SELECT pg_advisory_lock(:gate)"), {"gate": GATE})

            def let_go() -> None:
                gate.execute(text("SELECT pg_advisory_unlock(:gate)"), {"gate": GATE})

            yield let_go
    finally:
        execute(f"DROP TRIGGER wait_at_gate ON {table}", "DROP FUNCTION wait_at_gate()")


@contextmanager
def without(drop: str, restore: str, *, table: str) -> Iterator[None]:
    """Take a guard out of the schema for a control; `table` is emptied before it comes back."""
    execute(drop)
    try:
        yield
    finally:
        db.session.rollback()
        execute(f"TRUNCATE {table} CASCADE", restore)


@contextmanager
def without_row_locks(table: str) -> Iterator[None]:
    """For a control: what is selected FOR (NO KEY) UPDATE from `table` is only looked at."""

    def unlocked_sql(statement: str) -> str:
        return re.sub(r"\s+FOR (NO KEY )?UPDATE( OF \w+)?( SKIP LOCKED)?", "", statement)

    def look(
        _connection: object, _cursor: object, statement: str, values: object, *_: object
    ) -> tuple[str, object]:
        if f"FROM {table}" in statement:
            statement = unlocked_sql(statement)
        return statement, values

    def look_prepared(statement: PreparedStatement, session: Session, **values: Any) -> list[Any]:
        if f"FROM {table}" in statement.sql and statement not in unlocked:
            unlocked[statement] = copy(statement)
            unlocked[statement].sql = unlocked_sql(statement.sql)
        return rows(unlocked.get(statement, statement), session, **values)

    unlocked: dict[PreparedStatement, PreparedStatement] = {}
    engine, rows = db.engine, PreparedStatement.rows
    event.listen(engine, "before_cursor_execute", look, retval=True)
    PreparedStatement.rows = look_prepared  # type: ignore[method-assign]
    try:
        yield
    finally:
        PreparedStatement.rows = rows  # type: ignore[method-assign]
        event.remove(engine, "before_cursor_execute", look)


@contextmanager
def refused(table: str, when: str) -> Iterator[None]:
    """Let the database refuse rows of a table, by an SQL condition on NEW."""
    db.session.rollback()
    execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN IF {when} THEN RAISE 'x'; END IF; RETURN NEW; END $$",
        f"CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION refuse()",
    )
    try:
        yield
    finally:
        db.session.rollback()
        execute(f"DROP TRIGGER refuse ON {table}", "DROP FUNCTION refuse()")


class Rendezvous:
    """Nobody passes before `count` threads have come; whoever comes later passes at once.

    Between the reading and the writing of a control: so many have read before one writes.
    """

    def __init__(self, count: int) -> None:
        self._missing = count
        self._lock = threading.Lock()
        self._all_are_here = threading.Event()

    def __call__(self) -> None:
        with self._lock:
            self._missing -= 1
            if self._missing <= 0:
                self._all_are_here.set()
        assert self._all_are_here.wait(30)


def execute(*statements: str) -> None:
    for statement in statements:
        db.session.execute(text(statement))
    db.session.commit()
