"""Statements of the busiest paths: compiled once, run by the driver itself.

A `Session.execute` costs three times what the driver does with the same statement. A `Hot`
statement skips that: it runs on the session's own connection, in its transaction, and its
errors are SQLAlchemy's. It knows neither ORM objects nor result types of SQLAlchemy, so it
is for plain columns; everything else stays with the session.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg.pq import ExecStatus
from psycopg.rows import RowMaker, namedtuple_row
from psycopg.types.numeric import Int8
from sqlalchemy import ClauseElement, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from mall.kernel.db import raw_connection, server_left

_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]


class Hot:
    """A statement (or SQL text) with named parameters (`:name`); its rows are named tuples.

    Whole numbers travel as bigint: the driver would choose a type by size, and PostgreSQL
    would plan the statement anew for each mixture of types.
    """

    def __init__(self, statement: ClauseElement | str) -> None:
        clause = text(statement) if isinstance(statement, str) else statement
        compiled = clause.compile(dialect=_DIALECT)
        self._sql = str(compiled)
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self._maker: RowMaker[Any] | None = None

    def rows(self, session: Session, **values: Any) -> list[Any]:
        """Run it in the session's transaction. Raises SQLAlchemy's errors, without values."""
        sent = {**self._fixed, **values}
        for name, value in sent.items():
            if type(value) is int:
                sent[name] = Int8(value)
        connection = raw_connection(session)
        try:
            with connection.cursor(row_factory=self._row_factory) as cursor:
                cursor.execute(self._sql, sent, prepare=True)
                result = cursor.pgresult
                return cursor.fetchall() if result and result.status == _ROWS else []
        except psycopg.Error as fault:
            gone = connection.closed or server_left(fault)
            if gone:
                held = session.connection()
                held.invalidate(fault)
                held.engine.dispose()  # those in the pool have died with it
            raise DBAPIError.instance(
                self._sql,
                None,
                fault,
                psycopg.Error,
                connection_invalidated=gone,
                dialect=_DIALECT,
            ) from fault

    def first(self, session: Session, **values: Any) -> Any | None:
        """The first row, or None."""
        rows = self.rows(session, **values)
        return rows[0] if rows else None

    def _row_factory(self, cursor: psycopg.Cursor[Any]) -> RowMaker[Any]:
        # The columns of a statement don't change, so their names are read once.
        if self._maker is None:
            maker = namedtuple_row(cursor)
            result = cursor.pgresult
            if result is None or result.status != _ROWS:
                return maker
            self._maker = maker
        return self._maker


_ROWS = ExecStatus.TUPLES_OK


class HotList:
    """A statement over a list of rows of whole numbers, kept once for each size.

    `make` gets the places of the list as SQL: "(:a0, :b0), (:a1, :b1)" for the columns
    "a", "b", or ":a0, :a1" for one. A list fills up to the next power of two with NULLs,
    which match nothing. PostgreSQL knows how many rows come and keeps one plan: of an array
    it knows that only by planning anew each time.
    """

    def __init__(self, columns: Sequence[str], make: Callable[[str], ClauseElement | str]) -> None:
        self._columns = tuple(columns)
        self._make = make
        self._sizes: dict[int, Hot] = {}

    def rows(self, session: Session, numbers: Sequence[Sequence[int]], **values: Any) -> list[Any]:
        """Run it for `numbers`, one sequence of equal length for each column."""
        count = len(numbers[0])
        size = 1 << max(count - 1, 0).bit_length()
        for name, column in zip(self._columns, numbers, strict=True):
            for i in range(size):
                values[f"{name}{i}"] = column[i] if i < count else None
        return self._of(size).rows(session, **values)

    def _of(self, size: int) -> Hot:
        if size not in self._sizes:
            places = [
                ", ".join(f"CAST(:{c}{i} AS bigint)" for c in self._columns) for i in range(size)
            ]
            one = len(self._columns) == 1
            self._sizes[size] = Hot(self._make(", ".join(p if one else f"({p})" for p in places)))
        return self._sizes[size]
