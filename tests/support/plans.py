"""What PostgreSQL would read of tables that grow with history: by EXPLAIN, with no data at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, text

from benchmarks.growth.tables import SMALL
from mall.kernel.db import db

Statement = tuple[str, Any]
Node = dict[str, Any]
_OTHER_WAYS = (
    ("enable_hashjoin", "enable_mergejoin", "enable_memoize", "enable_sort"),
    ("enable_hashjoin", "enable_mergejoin", "enable_indexscan", "enable_indexonlyscan"),
)
"""What the planner may not do, so that it looks tables up row by row; so that it has nothing left
but bitmaps, which are seldom made without a condition."""
_ALONG_INDEX = ("Index Scan", "Index Only Scan", "Bitmap Index Scan")
_READS_ALL = ("Sort", "Incremental Sort", "Aggregate", "Hash", "Materialize", "SetOp", "WindowAgg")
"""Nodes that read all below them before their first row, or may."""
_PARTIAL = """
    SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indpred IS NOT NULL
"""
"""Indexes of some of a table's rows: to read one of them whole is what it is for."""
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
    """The tables that grow which these statements would read from end to end.

    By itself, or along a whole index where nothing stops at the first rows. The latter says little
    while there are hardly any rows, so it counts where the planner has no other way, either.
    """
    raw = db.session.connection().connection.driver_connection
    assert raw is not None
    partial = {row[0] for row in raw.execute(_PARTIAL)}
    found: set[str] = set()
    for statement in {one[0]: one for one in sent}.values():
        usual = _plan(raw, statement)
        found |= {one for one, way in _whole(usual, partial) if way == "Seq Scan"}
        along = {one for one, _ in _whole(usual, partial)} - found - SMALL
        for switched_off in _OTHER_WAYS:
            if along:
                with _without(raw, switched_off):
                    along &= {one for one, _ in _whole(_plan(raw, statement), partial)}
        found |= along
    return found - SMALL


def _plan(raw: Any, statement: Statement) -> Node:
    (((plan,),),) = raw.execute(f"EXPLAIN (FORMAT JSON) {statement[0]}", statement[1]).fetchall()
    node: Node = plan["Plan"]
    return node


@contextmanager
def _without(raw: Any, ways: tuple[str, ...]) -> Iterator[None]:
    raw.execute("".join(f"SET {one} = off;" for one in ways) + "RESET seq_page_cost")
    try:
        yield
    finally:
        raw.execute("".join(f"RESET {one};" for one in ways) + "SET seq_page_cost = 1e9")


def _whole(
    node: Node, partial: set[str], *, limited: bool = False, table: str = ""
) -> Iterator[tuple[str, str]]:
    """Tables that a plan reads whole, and how. `limited`: whoever reads from here stops after some
    rows. `table` is that of a bitmap."""
    if "One-Time Filter" in node:  # only of a full run: nothing below is read
        return
    kind, table = node["Node Type"], node.get("Relation Name", table)
    stops = limited and kind != "Bitmap Index Scan"
    along = kind in _ALONG_INDEX and "Index Cond" not in node and node["Index Name"] not in partial
    if kind == "Seq Scan" or (along and not stops):
        yield table, kind
    limited = (limited or kind == "Limit") and kind not in _READS_ALL
    for inner in node.get("Plans", ()):
        goes_on = limited and inner["Parent Relationship"] in ("Outer", "Member", "Subquery")
        yield from _whole(inner, partial, limited=goes_on, table=table)
