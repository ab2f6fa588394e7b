"""A long history from a short one: the rows of real stories, copied with other ids and dates.

Each copy has shoppers, orders and all that hangs on them of its own. What foreign keys say is kept;
so is the order of times. What staff make once (products, settings, most campaigns) stays single;
group-buys and ladders are made anew each week, as a shop does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg

from benchmarks.growth.ending import ENDINGS, STOCK_AFTER
from benchmarks.growth.references import CAMPAIGNS, NUMBERS, OF_CAMPAIGNS, TEXTS, copied_text

Connection = psycopg.Connection[tuple[Any, ...]]
STRIDE = 10_000_000
"""From the ids of one copy to those of the next."""
ORDERS_A_DAY = 1_370
"""Half a million a year: copies lie behind one another at this pace."""
CAMPAIGN_ORDERS = 7 * ORDERS_A_DAY
"""As many orders of the history have the same group-buys and ladders."""
CHUNK_ROWS = 2_000_000
GROWS_BESIDE = (
    *("audit_entries", "outbound_calls", "stock_movements"),
    *("wechat_notifications", "wechat_pushes"),
)
"""Tables that grow with orders although no foreign key leads from them to one."""
_COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, NULL)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
      AND NOT a.attisdropped AND a.attgenerated = ''
    ORDER BY c.relname, a.attnum
"""
FOREIGN_KEYS = """
    SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text, b.attname
    FROM pg_constraint c
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1]
    WHERE c.contype = 'f' AND cardinality(c.conkey) = 1
"""
"""SQL: each foreign key of one column: table, column, and what it refers to."""
_UNIQUE = """
    SELECT i.indrelid::regclass::text,
        array_agg(a.attname::text) FILTER (WHERE a.attname IS NOT NULL)
    FROM pg_index i LEFT JOIN pg_attribute a
        ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
    WHERE i.indisunique AND i.indrelid::regclass::text = ANY(%s)
    GROUP BY i.indexrelid, i.indrelid
"""
_CHECKED = """
    SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)
    WHERE c.contype = 'c'
"""
_WHOLE = ("bigint", "integer")
_MOVED = {
    "timestamp with time zone": "{column} - {copy} * make_interval(secs => {apart_s})",
    "date": "{column} - CAST({copy} * {apart_s} / 86400 AS int)",
}
_MADE_ANEW = {
    "text": "{column} || '~' || {copy}",
    "uuid": "CAST(md5({column}::text || {copy}) AS uuid)",
    "bytea": "sha256({column} || convert_to(CAST({copy} AS text), 'UTF8'))",
}


@dataclass
class History:
    """The tables that grow, and how each of their columns is copied."""

    connection: Connection
    fixed: frozenset[str]
    campaign_orders: int = CAMPAIGN_ORDERS
    types: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    shifted: set[tuple[str, str]] = field(default_factory=set)
    renamed: set[tuple[str, str]] = field(default_factory=set)
    weekly: set[tuple[str, str]] = field(default_factory=set)
    copies: int = 0

    def __post_init__(self) -> None:
        """Read the schema, and keep the rows that there are as what is copied."""
        keys = self.connection.execute(FOREIGN_KEYS).fetchall()
        growing = self._growing(keys) | CAMPAIGNS.keys()
        for table, column, kind in self.connection.execute(_COLUMNS).fetchall():
            if table in growing:
                self.types[table][column] = kind
        self.weekly = {*CAMPAIGNS.items(), *OF_CAMPAIGNS}
        self._follow(keys, self.weekly)
        self._shift_ids(keys)
        self._rename_what_is_unique(keys)
        self.connection.execute("DROP SCHEMA IF EXISTS growth CASCADE; CREATE SCHEMA growth")
        for table in self.types:
            self.connection.execute(f"CREATE TABLE growth.{table} AS SELECT * FROM {table}")
        for statement in ENDINGS:
            self.connection.execute(statement)
        self.orders = self._count("growth.orders")
        self.in_a_week = max(self.campaign_orders // self.orders, 1)

    def _growing(self, keys: list[tuple[Any, ...]]) -> set[str]:
        """What hangs on a shopper or an order, but for what staff make."""
        found = {"users", "orders", *GROWS_BESIDE}
        while more := {table for table, _, other, _ in keys if other in found} - found - self.fixed:
            found |= more
        return found

    def grow_to(self, orders: int) -> Iterator[tuple[str, int]]:
        """Add copies until there are so many orders; each table with its rows as it is done."""
        wanted = max(orders // self.orders - 1, self.copies)
        if wanted == self.copies:
            return
        for table in self.types:
            rows = self._count(f"growth.{table}")
            if rows:
                self._copy(table, rows, wanted)
                yield table, self._count(table)
        self.copies = wanted
        self.connection.execute(STOCK_AFTER)
        self.connection.execute("VACUUM (ANALYZE)")

    def _copy(self, table: str, rows: int, wanted: int) -> None:
        step = max(CHUNK_ROWS // rows, 1)
        for first in range(self.copies + 1, wanted + 1, step):
            last = min(first + step - 1, wanted)
            with self.connection.transaction():
                self.connection.execute("SET LOCAL session_replication_role = replica")
                self.connection.execute(self._statement(table), [first, last])

    def _statement(self, table: str) -> str:
        columns = ", ".join(self.types[table])
        values = ", ".join(self._value(table, column) for column in self.types[table])
        return (
            f"INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {values}"
            f" FROM growth.{table} base CROSS JOIN generate_series(%s::bigint, %s::bigint) n"
            f" WHERE mod(n, {self.in_a_week if table in CAMPAIGNS else 1}) = 0"
            " ON CONFLICT DO NOTHING"  # what belongs to nobody stays single
        )

    def _value(self, table: str, column: str) -> str:
        kind, name = self.types[table][column], f"base.{column}"
        if (table, column) in self.weekly:
            return f"{name} + n / {self.in_a_week} * {STRIDE}"
        if (table, column) in self.shifted:
            return f"{name} + n * {STRIDE}"
        made = _MADE_ANEW if (table, column) in self.renamed else _MOVED
        apart_s = 86_400 * self.orders / ORDERS_A_DAY
        value = made.get(kind, "{column}").format(column=name, copy="n", apart_s=apart_s)
        return copied_text(name, value, STRIDE) if (table, column) in TEXTS else value

    def _shift_ids(self, keys: list[tuple[Any, ...]]) -> None:
        for table, columns in self.types.items():
            if columns.get("id") in _WHOLE and table not in CAMPAIGNS:
                self.shifted.add((table, "id"))
            if columns.get("user_id") in _WHOLE and table != "users":
                self.shifted.add((table, "user_id"))
            self.shifted |= {(table, column) for column in columns} & NUMBERS
        self._follow(keys, self.shifted)

    def _rename_what_is_unique(self, keys: list[tuple[Any, ...]]) -> None:
        checked = set(self.connection.execute(_CHECKED).fetchall())
        for table, columns in self.connection.execute(_UNIQUE, [list(self.types)]).fetchall():
            named = [(table, column) for column in columns or ()]
            if (self.shifted | self.weekly).isdisjoint(named):
                free = [one for one in named if self.types[table].get(one[1]) in _MADE_ANEW]
                self.renamed |= set(sorted(free, key=checked.__contains__)[:1])
        self._follow(keys, self.renamed)

    def _follow(self, keys: list[tuple[Any, ...]], found: set[tuple[str, str]]) -> None:
        """Add every column that refers to one of these."""
        before = -1
        while before < len(found):
            before = len(found)
            found |= {
                (table, column)
                for table, column, other, key in keys
                if (other, key) in found and table in self.types
            }

    def _count(self, table: str) -> int:
        row = self.connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(row[0]) if row else 0
