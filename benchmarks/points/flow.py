"""The floor of a command: its own statements, run again by bare psycopg for other shoppers.

What one run of the command sent is recorded together with what came back. A value that was given
(the shopper), drawn (a token of 32 digits) or returned by an earlier statement (an entry's id) is
filled in anew each time, so that every run writes rows of its own; everything else stays as it
was recorded.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel.prepared import PreparedStatement

FIRST_ID = 10_000_000
DRAWN = "drawn"
_PLACE = re.compile(r"\$(\d+)")
_TOKEN = re.compile(r"[0-9a-f]{32}")
Fill = Callable[[Mapping[str, Any], list[list[Any]]], Any]


def spread_ids(session: Session) -> None:
    """Let the ids of each table begin elsewhere: a value then tells which id it is."""
    names = session.scalars(text("SELECT quote_ident(sequencename) FROM pg_sequences")).all()
    for number, name in enumerate(names, start=1):
        session.execute(text(f"ALTER SEQUENCE {name} RESTART WITH {number * FIRST_ID}"))


@dataclass
class Call:
    """A statement with its values, and the rows that it returned."""

    sql: str
    values: dict[str, Any]
    rows: list[Any]


@dataclass
class Flow:
    """Statements with what to fill in."""

    steps: list[tuple[str, dict[str, Fill]]] = field(default_factory=list)

    def run(self, connection: psycopg.Connection[Any], given: Mapping[str, Any]) -> None:
        """One transaction for what is given."""
        given = {**given, DRAWN: secrets.token_hex(16)}
        returned: list[list[Any]] = []
        with connection.cursor() as cursor:
            for sql, fills in self.steps:
                cursor.execute(sql, {name: fill(given, returned) for name, fill in fills.items()})
                returned.append(cursor.fetchall() if cursor.description else [])
        connection.commit()


@contextmanager
def recording() -> Iterator[list[Call]]:
    """Note every statement that reaches the driver inside the block, in this process."""
    calls: list[Call] = []
    execute, rows = psycopg.Cursor.execute, PreparedStatement.rows

    def note(cursor: Any, query: Any, params: Any = None, **options: Any) -> Any:
        calls.append(Call(str(query), dict(params or {}), []))
        return execute(cursor, query, params, **options)

    def note_prepared(statement: PreparedStatement, session: Session, **values: Any) -> list[Any]:
        numbered = {f"p{i}": value for i, value in enumerate(statement.ordered(values), start=1)}
        named = _PLACE.sub(r"%(p\1)s", statement.sql.replace("%", "%%"))
        found = rows(statement, session, **values)
        calls.append(Call(named, numbered, found))
        return found

    psycopg.Cursor.execute = note  # type: ignore[method-assign, assignment]
    PreparedStatement.rows = note_prepared  # type: ignore[assignment, method-assign]
    try:
        yield calls
    finally:
        psycopg.Cursor.execute = execute  # type: ignore[method-assign]
        PreparedStatement.rows = rows  # type: ignore[method-assign]


def learn(calls: list[Call], given: Mapping[str, Any]) -> Flow:
    """The flow of a recorded run for what was `given`."""
    flow = Flow()
    known: dict[Any, Fill] = {value: _given(name) for name, value in given.items()}
    for number, call in enumerate(calls):
        tokens = [v for v in call.values.values() if isinstance(v, str) and _TOKEN.fullmatch(v)]
        known |= {token: _given(DRAWN) for token in tokens if token not in known}
        fills = {name: _fill(value, known) for name, value in call.values.items()}
        flow.steps.append((call.sql, fills))
        for row_number, row in enumerate(call.rows):
            for column, value in enumerate(row):
                if type(value) is int and value >= FIRST_ID:
                    known.setdefault(value, _returned(number, row_number, column))
    return flow


def _fill(value: Any, known: Mapping[Any, Fill]) -> Fill:
    plain = int(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if isinstance(plain, (int, bytes, str)) and plain in known:
        found, kind = known[plain], type(value)
        return found if kind is type(plain) else lambda g, r: kind(found(g, r))
    if isinstance(value, str):
        inside = {str(old): fill for old, fill in known.items() if _named_in(old, value)}
        if inside:
            return lambda g, r: _replaced(value, {old: fill(g, r) for old, fill in inside.items()})
    return lambda _g, _r: value


def _named_in(old: Any, value: str) -> bool:
    return isinstance(old, (int, str)) and str(old) in value


def _replaced(value: str, new: Mapping[str, Any]) -> str:
    for old, fresh in new.items():
        value = value.replace(old, str(fresh))
    return value


def _given(name: str) -> Fill:
    return lambda given, _returned: given[name]


def _returned(step: int, row: int, column: int) -> Fill:
    return lambda _given, returned: returned[step][row][column]
