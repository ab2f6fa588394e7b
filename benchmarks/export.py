"""100,000 orders as a sheet over HTTP, beside PostgreSQL's own COPY of the same rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import psycopg
import requests
from rich.console import Console
from sqlalchemy import text

from benchmarks import report, seed
from benchmarks.report import Row
from benchmarks.stack import Stack, running
from mall.kernel.db import db, raw_connection, transaction
from mall.staff.admins import create_admin
from mall.tour.client import Client

ORDERS = 100_000
MOST_GROWTH_MB = 24
MEBI = 2**20

say = Console(stderr=True).print

# Each copy is sealed like its model, so that opening it costs what a real one does.
_COPIES = """
WITH model AS (SELECT * FROM orders ORDER BY id LIMIT 1), copies AS (
    INSERT INTO orders (order_no, user_id, status, goods_fen, discount_fen, freight_fen,
        payable_fen, address_sealed, region_code, expires_at, close_reason, closed_at)
    SELECT 'copy' || lpad(n::text, 16, '0'), user_id, 'closed', goods_fen, discount_fen,
        freight_fen, payable_fen, address_sealed, region_code, expires_at, 'benchmark', now()
    FROM model, generate_series(1, :copies) n
    RETURNING id
)
INSERT INTO order_lines (order_id, position, sku_id, spu_id, sku_code, name, spec_text, image,
    price_fen, quantity, total_fen, payable_fen)
SELECT copies.id, 1, sku_id, spu_id, sku_code, name, spec_text, image, price_fen, quantity,
    total_fen, payable_fen
FROM (SELECT * FROM order_lines ORDER BY id LIMIT 1) line, copies
"""
_COPY = """
COPY (
    SELECT o.order_no, o.status, o.created_at, o.paid_at, o.shipped_at, o.user_id, l.sku_code,
        l.name, l.spec_text, l.price_fen, l.quantity, l.shipped_quantity, l.refunded_quantity,
        l.payable_fen, o.payable_fen, o.freight_fen, o.paid_fen, o.refunded_fen,
        o.address_sealed, o.remark, o.staff_note
    FROM orders o JOIN order_lines l ON l.order_id = o.id ORDER BY o.id DESC, l.position
) TO STDOUT (FORMAT csv)
"""


def run(rounds: int, seconds: float) -> Iterator[Row]:
    """One pass each of CSV, Excel and COPY: a pass is long enough to be its own median."""
    with running() as stack:
        say(f"making {ORDERS:,} orders …")
        _make_orders(stack)
        token = _staff_token(stack)
        floor = _rate(lambda: _copy(stack))
        yield Row("COPY of the rows of 100k orders", floor, "rows/s")
        for kind in ("csv", "xlsx"):
            say(f"measuring: export as {kind} …")
            measure = partial(_exported, stack, token, kind, floor)
            yield from report.attempt(f"order export as {kind}", measure)


def _exported(stack: Stack, token: str, kind: str, floor: float) -> Iterator[Row]:
    growth = _Growth(stack)
    rate = _rate(lambda: _export(stack, token, kind))
    name = f"order export 100k rows as {kind}"
    yield Row(name, rate, "rows/s")
    yield Row(f"{name} ÷ COPY", rate / floor, "ratio")
    yield report.at_most(f"{name}: peak memory", growth.mib(), "MiB", MOST_GROWTH_MB)


def _make_orders(stack: Stack) -> None:
    sku_id, (buyer,) = seed.demo_shop(stack)[0], seed.buyers(stack, 1)
    client = Client(f"http://127.0.0.1:{stack.web_port}", buyer.token)
    wanted: dict[str, Any] = {
        "lines": [{"sku_id": sku_id, "quantity": 1}],
        "address_id": buyer.address_id,
    }
    quote = client.post("/api/v1/quotes", wanted, expect=200)
    client.post("/api/v1/orders", wanted | {"expected_payable_fen": quote["payable_fen"]})
    with stack.app.app_context(), transaction() as session:
        session.execute(text("SET LOCAL statement_timeout = 0"))
        session.execute(text(_COPIES), {"copies": ORDERS - 1})
        session.execute(text("ANALYZE orders, order_lines"))


def _staff_token(stack: Stack) -> str:
    with stack.app.app_context():
        password = create_admin("bench")
    client = Client(f"http://127.0.0.1:{stack.web_port}")
    login = {"username": "bench", "password": password}
    return str(client.post("/admin/api/v1/sessions", login)["token"])


def _rate(one: Callable[[], int]) -> float:
    began = time.perf_counter()
    size = one()
    spent = time.perf_counter() - began
    if size < 10 * ORDERS:
        raise RuntimeError(f"only {size} bytes came")
    return ORDERS / spent


def _copy(stack: Stack) -> int:
    with stack.app.app_context():
        connection: psycopg.Connection[Any] = raw_connection(db.session())
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            return sum(len(chunk) for chunk in copy)


def _export(stack: Stack, token: str, kind: str) -> int:
    with requests.get(
        f"http://127.0.0.1:{stack.web_port}/admin/api/v1/orders/export",
        params={"format": kind},
        headers={"Authorization": f"Bearer {token}"},
        stream=True,
        timeout=300,
    ) as answer:
        answer.raise_for_status()
        return sum(len(chunk) for chunk in answer.iter_content(1 << 16))


class _Growth:
    """How far the resident peak of a web worker rises over what it held at the start."""

    def __init__(self, stack: Stack) -> None:
        self._workers = psutil.Process(stack.web.process.pid).children()
        self._before = {}
        for worker in self._workers:
            Path(f"/proc/{worker.pid}/clear_refs").write_text("5")  # the peak starts anew
            self._before[worker.pid] = worker.memory_info().rss

    def mib(self) -> float:
        """Of the worker that grew most."""
        return max(_peak(w.pid) - self._before[w.pid] for w in self._workers) / MEBI


def _peak(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the system doesn't tell a process's peak")
