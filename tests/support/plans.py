"""What PostgreSQL would read of tables that grow with history: by EXPLAIN, with no data at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, text

from benchmarks.growth.tables import SMALL
from mall.kernel.db import db

Statement = tuple[str, Any]
_SIZES_UNKNOWN = """
    UPDATE pg_class SET reltuples = -1, relpages = 0
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""


@contextmanager
def statements() -> Iterator[list[Statement]]:
    """What is sent to PostgreSQL meanwhile and only reads."""
    sent: list[Statement] = []

    def keep(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            sent.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", keep)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", keep)


@contextmanager
def huge_tables() -> Iterator[None]:
    """The planner takes reading a table whole for the dearest, as it is when the table is huge.

    Between the two forms of a subquery it chooses by cost alone, so the cost is raised too. A table
    that was vacuumed while it was empty would cost nothing: its size is made unknown.
    """
    db.session.rollback()
    db.session.execute(text(_SIZES_UNKNOWN))
    db.session.execute(text("SET enable_seqscan = off; SET seq_page_cost = 1e9"))
    try:
        yield
    finally:
        db.session.execute(text("RESET enable_seqscan; RESET seq_page_cost"))
        db.session.remove()


def read_whole(sent: list[Statement]) -> set[str]:
    """The tables that grow which these statements would read from end to end."""
    found: set[str] = set()
    for statement, parameters in {one[0]: one for one in sent}.values():
        raw = db.session.connection().connection.driver_connection
        assert raw is not None
        plan = "\n".join(row[0] for row in raw.execute(f"EXPLAIN {statement}", parameters))
        found |= set(re.findall(r"Seq Scan on (\w+)", plan)) - SMALL
    return found
