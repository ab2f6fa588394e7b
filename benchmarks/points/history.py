"""A shopper with 100,000 entries and half as many open lots, beside one with ten entries."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import psycopg
import requests

from benchmarks import seed
from benchmarks.points.ledger import spend
from benchmarks.report import Row, at_most
from benchmarks.seed import Buyer
from benchmarks.stack import Stack
from mall.tour.client import Client

LONG, SHORT = 100_000, 10
GOAL = 1.2
TURNS, ORDERS = 150, 40
"""Of each shopper in a round, one after the other."""
OPEN = """
INSERT INTO shop_settings (name, value) VALUES ('points.checkout_open', 'true')
ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
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
    skus, (short, long) = seed.demo_shop(stack), seed.buyers(stack, 2)
    _live(stack, short, SHORT)
    _live(stack, long, LONG)
    checkout = _Checkout(stack, skus[0], short)
    yield from _compared("balance", _get(stack, ""), (short, long), rounds * TURNS)
    yield from _compared(
        "five entries", _get(stack, "/entries?limit=5"), (short, long), rounds * TURNS
    )
    yield from _compared("hold and settle", _spend(stack), (short, long), rounds * TURNS)
    yield from _compared("quote and order with points", checkout, (short, long), rounds * ORDERS)


def _compared(
    name: str, one: Callable[[Buyer], None], both: tuple[Buyer, Buyer], turns: int
) -> Iterator[Row]:
    took: dict[Buyer, list[float]] = {buyer: [] for buyer in both}
    for turn in range(turns):
        for buyer in both if turn % 2 else reversed(both):
            began = time.perf_counter()
            one(buyer)
            took[buyer].append((time.perf_counter() - began) * 1000)
    few, many = (median(took[buyer]) for buyer in both)
    yield Row(f"points: {name}, {SHORT} entries", few, "ms")
    yield Row(f"points: {name}, {LONG:,} entries", many, "ms")
    yield at_most(f"points: {name}, {LONG:,} entries ÷ {SHORT}", many / few, "ratio", GOAL)


class _Checkout:
    """A quote in which points take something off, and the order that holds them."""

    def __init__(self, stack: Stack, sku_id: str, buyer: Buyer) -> None:
        self._url = f"http://127.0.0.1:{stack.web_port}"
        self._lines = [{"sku_id": sku_id, "quantity": 1}]
        with psycopg.connect(stack.database_url) as connection:
            connection.execute(OPEN)
        self._await_open(buyer)

    def __call__(self, buyer: Buyer) -> None:
        client = Client(self._url, buyer.token)
        wanted = self._wanted(buyer)
        payable = client.post("/api/v1/quotes", wanted, expect=200)["payable_fen"]
        client.post("/api/v1/orders", wanted | {"expected_payable_fen": payable})
        client.http.clear()

    def _wanted(self, buyer: Buyer) -> dict[str, Any]:
        return {
            "lines": self._lines,
            "address_id": buyer.address_id,
            "choices": {"points": "100"},
        }

    def _await_open(self, buyer: Buyer) -> None:
        """The web servers hear of the setting within seconds."""
        client, deadline = Client(self._url, buyer.token), time.monotonic() + 60
        for _ in range(20):
            while not _takes_off(client.post("/api/v1/quotes", self._wanted(buyer), expect=200)):
                if time.monotonic() > deadline:
                    raise RuntimeError("points take nothing off")
                time.sleep(0.2)


def _takes_off(quote: dict[str, Any]) -> bool:
    return any(one["lane"] == "POINTS" for one in quote["adjustments"])


def _live(stack: Stack, buyer: Buyer, count: int) -> None:
    """The history of a shopper of so many entries."""
    with psycopg.connect(stack.database_url) as connection:
        connection.execute("SET session_replication_role = replica")  # no keys to check: quick
        for statement in (_GRANTS, _SPENT, _ACCOUNT):
            connection.execute(statement, {"user": buyer.user_id, "count": count})
        connection.commit()
        connection.autocommit = True
        connection.execute(
            "VACUUM ANALYZE points_accounts, points_entries, points_lots, points_uses"
        )


def _get(stack: Stack, path: str) -> Callable[[Buyer], None]:
    session = requests.Session()

    def get(buyer: Buyer) -> None:
        session.get(
            f"http://127.0.0.1:{stack.web_port}/api/v1/points{path}",
            headers={"Authorization": f"Bearer {buyer.token}"},
            timeout=30,
        ).raise_for_status()

    return get


def _spend(stack: Stack) -> Callable[[Buyer], None]:
    def one(buyer: Buyer) -> None:
        with stack.app.app_context():
            spend({"user_id": buyer.user_id, "source": secrets.token_hex(8)})

    return one
