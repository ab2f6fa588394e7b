"""Which statements reach the driver, whatever path they take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg


@contextmanager
def sent_statements() -> Iterator[list[str]]:
    """The text of each statement that this process sends inside the block."""
    sent: list[str] = []
    execute = psycopg.Cursor.execute

    def note(cursor: Any, query: Any, params: Any = None, **options: Any) -> Any:
        sent.append(str(query))
        return execute(cursor, query, params, **options)

    psycopg.Cursor.execute = note  # type: ignore[method-assign, assignment]
    try:
        yield sent
    finally:
        psycopg.Cursor.execute = execute  # type: ignore[method-assign]
