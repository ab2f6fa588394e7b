"""Which statements reach the driver, whatever path they take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy.orm import Session

from mall.kernel.prepared import PreparedStatement


@contextmanager
def sent_statements() -> Iterator[list[str]]:
    """The SQL of every statement that is sent meanwhile, in order.

    Without the read of the settings, which a process sends once a second at most.
    """
    sent: list[str] = []
    execute, rows = psycopg.Cursor.execute, PreparedStatement.rows

    def note(cursor: Any, query: Any, params: Any = None, **options: Any) -> Any:
        if "FROM shop_settings" not in str(query):
            sent.append(str(query))
        return execute(cursor, query, params, **options)

    def note_prepared(statement: PreparedStatement, session: Session, **values: Any) -> list[Any]:
        sent.append(statement.sql)
        return rows(statement, session, **values)

    psycopg.Cursor.execute = note  # type: ignore[method-assign, assignment]
    PreparedStatement.rows = note_prepared  # type: ignore[method-assign]
    try:
        yield sent
    finally:
        psycopg.Cursor.execute = execute  # type: ignore[method-assign]
        PreparedStatement.rows = rows  # type: ignore[method-assign]
