"""A shopper with 100,000 entries and half as many open lots, beside one with ten entries."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from statistics import median

import psycopg
import requests

from benchmarks.points.ledger import spend
from benchmarks.points.people import Person, people
from benchmarks.report import Row, at_most
from benchmarks.stack import Stack

LONG, SHORT = 100_000, 10
GOAL = 1.2
TURNS = 150
"""Of each shopper in a round, one after the other."""
# Of four entries three are grants that end on different days; the fourth spent the first of them.
_GRANTS = """
WITH grants AS (
    INSERT INTO points_entries (user_id, kind, source, available)
    SELECT %(user)s, 'reward', 'history:' || %(user)s || ':' || n, 10000
    FROM generate_series(1, %(count)s * 3 / 4) n RETURNING id
)
INSERT INTO points_lots (user_id, entry_id, granted, remaining, expires_at)
SELECT %(user)s, id, 10000, 10000,
       date_trunc('day', now()) + interval '1 year' + (row_number() OVER () * interval '1 hour')
FROM grants
"""
_SPENT = """
WITH spent AS (
    SELECT id, row_number() OVER (ORDER BY id) AS n FROM points_lots WHERE user_id = %(user)s
    ORDER BY id LIMIT %(count)s / 4
), takes AS (
    INSERT INTO points_entries (user_id, kind, source, available)
    SELECT %(user)s, 'adjust', 'history:' || %(user)s || ':' || n, -10000 FROM spent
    RETURNING id, source
), uses AS (
    INSERT INTO points_uses (entry_id, lot_id, points)
    SELECT t.id, s.id, 10000 FROM takes t
    JOIN spent s ON t.source = 'history:' || %(user)s || ':' || s.n
)
UPDATE points_lots l SET remaining = 0 FROM spent s WHERE l.id = s.id
"""
_ACCOUNT = """
INSERT INTO points_accounts (user_id, available)
SELECT user_id, sum(available) FROM points_entries WHERE user_id = %(user)s GROUP BY user_id
"""


def measure(stack: Stack, rounds: int, _seconds: float) -> Iterator[Row]:
    """Both take turns, one request each; medians of all."""
    short, long = people(stack, 2)
    _live(stack, short, SHORT)
    _live(stack, long, LONG)
    for name, one in {
        "balance": _get(stack, ""),
        "five entries": _get(stack, "/entries?limit=5"),
        "hold and settle": _spend(stack),
    }.items():
        took: dict[Person, list[float]] = {short: [], long: []}
        for turn in range(rounds * TURNS):
            for person in (short, long) if turn % 2 else (long, short):
                began = time.perf_counter()
                one(person)
                took[person].append((time.perf_counter() - began) * 1000)
        few, many = median(took[short]), median(took[long])
        yield Row(f"points: {name}, {SHORT} entries", few, "ms")
        yield Row(f"points: {name}, {LONG:,} entries", many, "ms")
        yield at_most(f"points: {name}, {LONG:,} entries ÷ {SHORT}", many / few, "ratio", GOAL)


def _live(stack: Stack, person: Person, count: int) -> None:
    """The history of a shopper of so many entries."""
    with psycopg.connect(stack.database_url) as connection:
        connection.execute("SET session_replication_role = replica")  # no keys to check: quick
        for statement in (_GRANTS, _SPENT, _ACCOUNT):
            connection.execute(statement, {"user": person.user_id, "count": count})
        connection.commit()
        connection.autocommit = True
        connection.execute(
            "VACUUM ANALYZE points_accounts, points_entries, points_lots, points_uses"
        )


def _get(stack: Stack, path: str) -> Callable[[Person], None]:
    session = requests.Session()

    def get(person: Person) -> None:
        session.get(
            f"http://127.0.0.1:{stack.web_port}/api/v1/points{path}",
            headers={"Authorization": f"Bearer {person.token}"},
            timeout=30,
        ).raise_for_status()

    return get


def _spend(stack: Stack) -> Callable[[Person], None]:
    def one(person: Person) -> None:
        with stack.app.app_context():
            spend({"user_id": person.user_id, "source": secrets.token_hex(8)})

    return one
