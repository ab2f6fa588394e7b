"""How migrations reach the database: on a connection of their own, one migrator at a time.

A migration may take an hour and wait for a lock as long; the time-outs of the application would
end it. Two hosts that are deployed at once both run `mall db upgrade`: the second waits until
the first is done, then finds nothing to do.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from alembic import op
from sqlalchemy import Connection, Engine, NullPool, create_engine, text

from mall.kernel.engine import set_on_connect

TURN = 7243001
"""The advisory lock of the one who migrates. It is the session's: behind a pooler that shares
connections it would be anybody's, so migrations connect to PostgreSQL itself."""
POLL_S = 0.5
_STEPS = logging.getLogger("alembic.runtime.migration")


@contextmanager
def migrating_connection(engine: Engine) -> Iterator[Connection]:
    """A connection that waits as long as it takes, when nobody else migrates this database."""
    own = create_engine(
        engine.url,
        poolclass=NullPool,
        connect_args={"connect_timeout": 5, "prepare_threshold": None},
    )
    set_on_connect(
        own, statement_timeout="0", lock_timeout="0", idle_in_transaction_session_timeout="0"
    )
    with own.connect() as connection, _told():
        _wait_for_turn(connection)
        yield connection


def _wait_for_turn(connection: Connection) -> None:
    # Asked again and again: one who waits inside PostgreSQL has a snapshot, and an index that
    # the other builds concurrently would wait for that.
    told = False
    while not connection.scalar(text("SELECT pg_try_advisory_lock(:turn)"), {"turn": TURN}):
        connection.commit()
        if not told:
            click.echo("Another host migrates this database; waiting until it is done.", err=True)
            told = True
        time.sleep(POLL_S)
    connection.commit()


@contextmanager
def _told() -> Iterator[None]:
    """Each migration says what it does before it begins."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    handler.addFilter(lambda record: record.getMessage().startswith("Running "))
    before = _STEPS.level, _STEPS.propagate
    _STEPS.addHandler(handler)
    _STEPS.setLevel(logging.INFO)
    _STEPS.propagate = False
    try:
        yield
    finally:
        _STEPS.removeHandler(handler)
        _STEPS.level, _STEPS.propagate = before


def build_index(name: str, table: str, columns: list[Any], **more: Any) -> None:
    """In a migration: build an index while the table is written.

    Such a migration does nothing else, because it has no transaction: one that was stopped is
    run again from its start, and what it left half built is dropped first.
    """
    with op.get_context().autocommit_block():
        op.drop_index(name, table_name=table, if_exists=True, postgresql_concurrently=True)
        op.create_index(name, table, columns, postgresql_concurrently=True, **more)


def drop_index(name: str, table: str) -> None:
    """In a migration: drop an index while the table is written."""
    with op.get_context().autocommit_block():
        op.drop_index(name, table_name=table, if_exists=True, postgresql_concurrently=True)
