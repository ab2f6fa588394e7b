"""Which statements reach the driver, whatever path they take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy.orm import Session

from mall.kernel.hot import Hot


@contextmanager
def sent_statements() -> Iterator[list[str]]:
    """The SQL of every statement that is sent meanwhile, in order."""
    sent: list[str] = []
    execute, rows = psycopg.Cursor.execute, Hot.rows

    def note(cursor: Any, query: Any, params: Any = None, **options: Any) -> Any:
        sent.append(str(query))
        return execute(cursor, query, params, **options)

    def note_hot(hot: Hot, session: Session, **values: Any) -> list[Any]:
        sent.append(hot.sql)
        return rows(hot, session, **values)

    psycopg.Cursor.execute = note  # type: ignore[method-assign, assignment]
    Hot.rows = note_hot  # type: ignore[method-assign]
    try:
        yield sent
    finally:
        psycopg.Cursor.execute = execute  # type: ignore[method-assign]
        Hot.rows = rows  # type: ignore[method-assign]
