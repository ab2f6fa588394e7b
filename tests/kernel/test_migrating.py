"""Migrations take their time and turns, and build indexes while the shop sells."""

from __future__ import annotations

import ast
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from mall.kernel.db import db
from mall.kernel.migrating import TURN, build_index, drop_index, migrating_connection
from tests.conftest import ROOT

OF_INDEXES = {"build_index", "drop_index", "text", "items"}
SINCE = "payments_0008"
"""The last migration before indexes of tables that are there are built concurrently."""


def test_no_time_out_of_the_application_holds(app: Flask) -> None:
    with migrating_connection(db.engine) as connection:
        for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            assert connection.scalar(text(f"SHOW {name}")) == "0", name


def test_the_second_host_waits_for_the_first(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    engine, began, done = db.engine, threading.Event(), threading.Event()

    def second() -> None:
        began.set()
        with migrating_connection(engine):
            done.set()

    with migrating_connection(engine):
        waiting = threading.Thread(target=second)
        waiting.start()
        assert began.wait(5)
        assert not done.wait(1.2)
        assert not somebody_waits_inside(), "an index built concurrently would wait for it"
    waiting.join(5)
    assert done.is_set()
    assert capsys.readouterr().err.count("waiting until it is done") == 1


def somebody_waits_inside() -> bool:
    waiting = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = :turn AND NOT granted"
    return db.session.execute(text(waiting), {"turn": TURN}).first() is not None


@contextmanager
def table_of(*numbers: int) -> Iterator[Operations]:
    """A table `growing` with a column `number`, and Alembic's operations on it."""
    with migrating_connection(db.engine) as connection:
        connection.execute(text("CREATE TABLE growing (number int)"))
        for number in numbers:
            connection.execute(text("INSERT INTO growing VALUES (:n)"), {"n": number})
        connection.commit()
        context = MigrationContext.configure(connection, opts={"transaction_per_migration": True})
        try:
            with context.begin_transaction(_per_migration=True), Operations.context(context) as op:
                yield op
        finally:
            connection.rollback()
            connection.execute(text("DROP TABLE growing"))
            connection.commit()


def indexes() -> list[tuple[str, bool]]:
    found = db.session.execute(
        text(
            "SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " WHERE i.indrelid = 'growing'::regclass"
        )
    )
    return [tuple(row) for row in found]


def test_what_a_stopped_build_left_is_built_again(app: Flask) -> None:
    with table_of(7, 7):
        with pytest.raises(IntegrityError):
            build_index("ix_growing", "growing", ["number"], unique=True)
        assert indexes() == [("ix_growing", False)]
        for _ in range(2):
            build_index("ix_growing", "growing", ["number"])
            assert indexes() == [("ix_growing", True)]
        for _ in range(2):
            drop_index("ix_growing", "growing")
            assert indexes() == []


def test_new_indexes_of_tables_that_are_there_are_built_concurrently() -> None:
    script = ScriptDirectory(str(ROOT / "migrations"))
    newer = list(script.iterate_revisions("head", SINCE))
    assert newer
    for revision in newer:
        tree = ast.parse(Path(revision.path).read_text())
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        made = {_first(call) for call in calls if _name(call) == "create_table"}
        for call in calls:
            if _name(call) == "create_index":
                assert ast.unparse(call.args[1]) in made, f"{revision.revision}: use build_index"
        if any(_name(call) == "build_index" for call in calls):
            others = {_name(call) for call in calls} - OF_INDEXES
            assert others == set(), f"{revision.revision}: has no transaction for {others}"


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)


def _first(call: ast.Call) -> str:
    return ast.unparse(call.args[0])
