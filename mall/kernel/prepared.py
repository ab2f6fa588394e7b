"""Statements of the busiest paths: compiled once, prepared once on a connection, run by libpq.

A `Session.execute` costs six times what the server's own library does with the same
statement, the driver's cursor twice. A `PreparedStatement` skips both: it runs on the
session's own connection, in its transaction, and its errors are SQLAlchemy's. It knows
neither ORM objects nor result types of SQLAlchemy, so it is for plain columns; everything
else stays with the session.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult
from psycopg.types.numeric import Int8
from sqlalchemy import ClauseElement, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session

from mall.kernel.db import as_session_error, fault_of, in_transaction, raw_connection

_DIALECT = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
LOCKING = re.compile(r"\bFOR (NO KEY )?(UPDATE|SHARE)\b|_xact_lock\b", re.IGNORECASE)
_ROWS, _DONE = ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK
_prepared: WeakKeyDictionary[psycopg.Connection[Any], set[bytes]] = WeakKeyDictionary()
"""The names of what each connection has prepared."""


class PreparedStatement:
    """A statement (or SQL text) with named parameters (`:name`); its rows are named tuples.

    Whole numbers travel as bigint: the driver would choose a type by size, and PostgreSQL
    would plan the statement anew for each mixture of types.
    """

    def __init__(self, statement: ClauseElement | str) -> None:
        clause = text(statement) if isinstance(statement, str) else statement
        compiled = clause.compile(dialect=_DIALECT)
        self.sql = str(compiled)
        names = list(compiled.positiontup or ())  # type: ignore[attr-defined]
        self._names = names
        self._locks = LOCKING.search(self.sql) is not None
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self._formats = [PyFormat.AUTO] * len(names)
        self._make: Callable[[Sequence[Any]], Any] | None = None
        self._made_names: dict[tuple[str, tuple[int, ...]], bytes] = {}

    def rows(self, session: Session, **values: Any) -> list[Any]:
        """Run it in the session's transaction. Raises SQLAlchemy's errors, without values;
        RuntimeError for a lock that no `transaction()` would keep."""
        if self._locks and not in_transaction(session):
            raise RuntimeError(f"a lock outside a transaction(): {self.sql}")
        raw = raw_connection(session)
        try:
            adapt = Transformer(raw)
            sent = adapt.dump_sequence(self.ordered(values), self._formats)
            name = self._name_on(raw, adapt.types)
            # libpq takes NULLs, its annotation here forgets them.
            result = raw.pgconn.exec_prepared(name, sent, adapt.formats)  # type: ignore[arg-type]
            if result.status == _DONE:
                return []
            if result.status != _ROWS:
                raise fault_of(raw, result)
        except psycopg.Error as fault:
            raise as_session_error(session, raw, self.sql, fault) from fault
        adapt.set_pgresult(result)
        return adapt.load_rows(0, result.ntuples, self._row_of(result))

    def first(self, session: Session, **values: Any) -> Any | None:
        """The first row, or None."""
        rows = self.rows(session, **values)
        return rows[0] if rows else None

    def ordered(self, values: dict[str, Any]) -> list[Any]:
        """The values in the order of the statement's numbered places."""
        if self._fixed:
            values = {**self._fixed, **values}
        given = [values[name] for name in self._names]
        return [Int8(value) if type(value) is int else value for value in given]

    def _name_on(self, raw: psycopg.Connection[Any], types: Sequence[int] | None) -> bytes:
        """Its name among the prepared statements of a connection; prepared if it has none."""
        known = _prepared.get(raw)
        if known is None:
            known = _prepared[raw] = set()
        kinds = tuple(types or ())
        name = self._made_names.get((self.sql, kinds)) or self._make_name(kinds)
        if name not in known:
            result = raw.pgconn.prepare(name, self.sql.encode(), kinds)
            if result.status != _DONE:
                raise fault_of(raw, result)
            known.add(name)
        return name

    def _make_name(self, types: tuple[int, ...]) -> bytes:
        """One name for one text and its types, in every process: wherever a name is known, it
        means the same. Numbered in order of use, it would run another statement of equal shape
        once a pooler hands on a connection that somebody else has used."""
        digest = blake2b(f"{types}{self.sql}".encode(), digest_size=16).hexdigest()
        name = self._made_names[self.sql, types] = b"mall_" + digest.encode()
        return name

    def _row_of(self, result: PGresult) -> Callable[[Sequence[Any]], Any]:
        # The columns of a statement don't change, so their names are read once.
        if self._make is None:
            columns = [(result.fname(i) or b"").decode() for i in range(result.nfields)]
            named: Any = namedtuple("Row", columns, rename=True)  # type: ignore[misc]
            self._make = named._make
        return self._make


class PreparedListStatement:
    """A statement over a list of rows of whole numbers, kept once for each size.

    `make` gets the places of the list as SQL: "(:a0, :b0), (:a1, :b1)" for the columns
    "a", "b", or ":a0, :a1" for one. A list fills up to the next power of two with NULLs,
    which match nothing. PostgreSQL knows how many rows come and keeps one plan: of an array
    it knows that only by planning anew each time.
    """

    def __init__(self, columns: Sequence[str], make: Callable[[str], ClauseElement | str]) -> None:
        self._columns = tuple(columns)
        self._make = make
        self._sizes: dict[int, PreparedStatement] = {}

    def rows(self, session: Session, numbers: Sequence[Sequence[int]], **values: Any) -> list[Any]:
        """Run it for `numbers`, one sequence of equal length for each column."""
        count = len(numbers[0])
        size = 1 << max(count - 1, 0).bit_length()
        for name, column in zip(self._columns, numbers, strict=True):
            for i in range(size):
                values[f"{name}{i}"] = column[i] if i < count else None
        return self._of(size).rows(session, **values)

    def _of(self, size: int) -> PreparedStatement:
        if size not in self._sizes:
            places = [
                ", ".join(f"CAST(:{c}{i} AS bigint)" for c in self._columns) for i in range(size)
            ]
            one = len(self._columns) == 1
            self._sizes[size] = PreparedStatement(
                self._make(", ".join(p if one else f"({p})" for p in places))
            )
        return self._sizes[size]
