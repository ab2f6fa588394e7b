"""Another time for the database: `clock_timestamp()` says what a test wants.

A function of that name in a schema of its own stands before PostgreSQL's in the search path of
every connection. Defaults of columns keep the real time: they are bound when they are made.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, text

from mall.kernel.db import db, transaction

_SET_UP = """
    CREATE SCHEMA other_time;
    CREATE TABLE other_time.clock (moment timestamptz);
    INSERT INTO other_time.clock VALUES (pg_catalog.clock_timestamp());
    CREATE FUNCTION other_time.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
        AS 'SELECT moment FROM other_time.clock';
"""


@contextmanager
def other_time() -> Iterator[None]:
    """Let `set_time` say what time it is. Needs an app context."""

    def use_other_clock(connection: Any, _record: object) -> None:
        connection.execute("SET search_path TO other_time, pg_catalog, public")

    with transaction() as session:
        session.execute(text(_SET_UP))
    _reconnect()
    engine = db.engine
    event.listen(engine, "connect", use_other_clock)
    try:
        yield
    finally:
        event.remove(engine, "connect", use_other_clock)
        _reconnect()
        with transaction() as session:
            session.execute(text("DROP SCHEMA other_time CASCADE"))


def set_time(moment: str) -> None:
    """From now on it is this time of the shop: "2028-02-29 23:59:59.9"."""
    with transaction() as session:
        session.execute(
            text("UPDATE other_time.clock SET moment = CAST(:moment AS timestamptz)"),
            {"moment": f"{moment}+08"},
        )


def _reconnect() -> None:
    db.session.remove()
    db.engine.dispose()
