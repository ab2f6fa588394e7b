"""The same SQL by bare psycopg: what PostgreSQL and its driver cost without a framework.

The statements of one real order are recorded as they reach the driver, then run again and
again, each run in one transaction, with fresh numbers where the recording had its own.
"""

from __future__ import annotations

import multiprocessing as mp
import re
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import psycopg
from sqlalchemy.orm import Session

from mall.kernel.prepared import PreparedStatement

_PLACE = re.compile(r"\$(\d+)")


@dataclass
class Recording:
    """Statements with their parameters; `fresh` are the texts that each run draws anew."""

    statements: list[tuple[str, Any]]
    fresh: tuple[str, ...] = ()


@contextmanager
def recording() -> Iterator[Recording]:
    """Note every statement that reaches the driver inside the block, in this process."""
    found = Recording([])
    execute, rows = psycopg.Cursor.execute, PreparedStatement.rows

    def note(cursor: Any, query: Any, params: Any = None, **options: Any) -> Any:
        found.statements.append((query, params))
        return execute(cursor, query, params, **options)

    def note_prepared(statement: PreparedStatement, session: Session, **values: Any) -> list[Any]:
        numbered = {f"p{i}": value for i, value in enumerate(statement.ordered(values), start=1)}
        named = _PLACE.sub(r"%(p\1)s", statement.sql.replace("%", "%%"))
        found.statements.append((named, numbered))
        return rows(statement, session, **values)

    psycopg.Cursor.execute = note  # type: ignore[method-assign, assignment]
    PreparedStatement.rows = note_prepared  # type: ignore[assignment, method-assign]
    try:
        yield found
    finally:
        psycopg.Cursor.execute = execute  # type: ignore[method-assign]
        PreparedStatement.rows = rows  # type: ignore[method-assign]


def run(
    database_url: str, wanted: Sequence[Recording], *, connections: int, seconds: float
) -> float:
    """Transactions a second: the recordings in turn, each thread with its own connection."""
    results: mp.Queue[tuple[int, float]] = mp.get_context("fork").Queue()
    processes = [
        mp.get_context("fork").Process(
            target=_process, args=(results, database_url, wanted, connections // 2, seconds)
        )
        for _ in range(2)
    ]
    for process in processes:
        process.start()
    counts = [results.get(timeout=seconds + 60) for _ in processes]
    for process in processes:
        process.join()
    return sum(count / spent for count, spent in counts)


def _process(
    results: mp.Queue[tuple[int, float]],
    url: str,
    wanted: Sequence[Recording],
    threads: int,
    seconds: float,
) -> None:
    barrier = threading.Barrier(threads + 1)
    stop = threading.Event()
    counts = [0] * threads

    def work(index: int) -> None:
        with psycopg.connect(url, autocommit=False) as connection:
            turns = cycle([*wanted[index % len(wanted) :], *wanted[: index % len(wanted)]])
            _once(connection, next(turns))
            barrier.wait()
            while not stop.is_set():
                _once(connection, next(turns))
                counts[index] += 1

    workers = [threading.Thread(target=work, args=(i,)) for i in range(threads)]
    for worker in workers:
        worker.start()
    barrier.wait()
    started = time.perf_counter()
    time.sleep(seconds)
    stop.set()
    for worker in workers:
        worker.join()
    results.put((sum(counts), time.perf_counter() - started))


def _once(connection: psycopg.Connection[Any], wanted: Recording) -> None:
    drawn = {text: secrets.token_hex(len(text))[: len(text)] for text in wanted.fresh}
    with connection.cursor() as cursor:
        for statement, parameters in wanted.statements:
            cursor.execute(statement, _renewed(parameters, drawn))
            if cursor.description:
                cursor.fetchall()
    connection.commit()


def _renewed(parameters: Any, drawn: dict[str, str]) -> Any:
    """The parameters with each recorded number replaced, also inside longer texts."""
    if isinstance(parameters, dict):
        return {name: _renewed(value, drawn) for name, value in parameters.items()}
    if isinstance(parameters, tuple):
        return tuple(_renewed(value, drawn) for value in parameters)
    if isinstance(parameters, str):
        for old, new in drawn.items():
            if old in parameters:
                parameters = parameters.replace(old, new)
    return parameters
