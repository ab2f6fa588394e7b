"""The purchase: hot reads, quote, placing, notices, CPU and memory, a rush on few units."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from statistics import median
from typing import Any

from rich.console import Console
from sqlalchemy import text

from benchmarks import load, replay, report, seed
from benchmarks.load import request_bytes
from benchmarks.notices import Due, notices
from benchmarks.report import Row
from benchmarks.seed import Buyer
from benchmarks.stack import Stack, running
from mall.inventory.commands import receive, take_out
from mall.kernel.db import db, transaction
from mall.tour.client import Client

CONNECTIONS = 32
RUSH = 500
RUSH_UNITS = 100
CPU_ORDERS = 300

say = Console(stderr=True).print


@dataclass
class Shop:
    """What every measurement works with."""

    stack: Stack
    sku_ids: list[str]
    buyers: list[Buyer]
    rounds: int
    seconds: float

    def post(self, path: str, body: Any, buyer: Buyer) -> bytes:
        headers = {
            "Authorization": f"Bearer {buyer.token}",
            "Idempotency-Key": uuid.uuid4().hex,
        }
        return request_bytes("POST", path, headers, json.dumps(body).encode())

    def client(self, buyer: Buyer) -> Client:
        return Client(f"http://127.0.0.1:{self.stack.web_port}", buyer.token)


def run(rounds: int, seconds: float) -> list[Row]:
    """Every figure of the purchase, medians over `rounds` interleaved rounds."""
    with running() as stack:
        say("loading the demo shop and logging in shoppers …")
        sku_ids = seed.demo_shop(stack)
        shop = Shop(stack, sku_ids, seed.buyers(stack, RUSH), rounds, seconds)
        rows: list[Row] = []
        # CPU before the loads that leave PostgreSQL and the worker something to clear up.
        for measure in (hot_reads, quoting, cpu_of_an_order, placing, notifying, rush, memory):
            say(f"measuring: {measure.__name__.replace('_', ' ')} …")
            rows += measure(shop)
        return rows


def _interleaved(shop: Shop, runs: dict[str, Callable[[], float]]) -> dict[str, float]:
    """The median of each figure; one round takes each once, so that noise hits all alike."""
    return _medians(shop, lambda: {name: one() for name, one in runs.items()})


def _medians(shop: Shop, one_round: Callable[[], dict[str, float]]) -> dict[str, float]:
    """The same of a round that finds all figures by itself."""
    rounds = [one_round() for _ in range(shop.rounds)]
    return {name: median(found[name] for found in rounds) for name in rounds[0]}


def _rate(
    shop: Shop, port: int, requests: Sequence[bytes], status: int, connections: int = CONNECTIONS
) -> float:
    outcome = load.run(port, requests, connections=connections, seconds=shop.seconds)
    if set(outcome.statuses) != {status}:
        raise RuntimeError(f"expected only {status}, got {dict(outcome.statuses)}")
    return outcome.per_second


def _floor(shop: Shop) -> float:
    return _rate(shop, shop.stack.floor_port, [request_bytes("GET", "/floor")], 200)


def hot_reads(shop: Shop) -> list[Row]:
    client = shop.client(shop.buyers[0])
    product = client.get("/api/v1/products", limit=20)["items"][0]["id"]
    web = shop.stack.web_port
    figures = _interleaved(
        shop,
        {
            "floor": lambda: _floor(shop),
            "detail": lambda: _rate(
                shop, web, [request_bytes("GET", f"/api/v1/products/{product}")], 200
            ),
            "list": lambda: _rate(
                shop, web, [request_bytes("GET", "/api/v1/products?limit=20")], 200
            ),
        },
    )
    floor = figures["floor"]
    return [
        Row("bare Flask JSON route (the floor)", floor, "1/s"),
        Row("product detail, cache warm", figures["detail"], "1/s"),
        report.at_least("product detail ÷ floor", figures["detail"] / floor, "ratio", 0.8),
        Row("list of 20, cache warm", figures["list"], "1/s"),
        report.at_least("list of 20 ÷ floor", figures["list"] / floor, "ratio", 0.8),
    ]


def quoting(shop: Shop) -> list[Row]:
    lines = [{"sku_id": sku_id, "quantity": 1} for sku_id in shop.sku_ids[:5]]
    requests = [
        shop.post("/api/v1/quotes", {"lines": lines, "address_id": b.address_id}, b)
        for b in shop.buyers
    ]
    rate = _interleaved(shop, {"quote": lambda: _rate(shop, shop.stack.web_port, requests, 200)})[
        "quote"
    ]
    return [Row("quote of 5 lines", rate, "1/s")]


def _order_body(shop: Shop, buyer: Buyer, first: int = 0) -> dict[str, Any]:
    """An order of two SKUs, beginning with number `first` of the shop."""
    lines = [{"sku_id": s, "quantity": 1} for s in (shop.sku_ids * 2)[first : first + 2]]
    quote = shop.client(buyer).post(
        "/api/v1/quotes", {"lines": lines, "address_id": buyer.address_id}, expect=200
    )
    return {
        "lines": lines,
        "address_id": buyer.address_id,
        "expected_payable_fen": quote["payable_fen"],
    }


def placing(shop: Shop) -> list[Row]:
    """Orders over 20 pairs of SKUs: a rush on one SKU is measured by `rush`."""
    bodies = [_order_body(shop, shop.buyers[0], first) for first in range(20)]
    recorded = [_record_an_order(shop, body) for body in bodies]

    def orders() -> float:
        count = int(shop.seconds * 1000)  # more than any server here places in that time
        requests = [
            shop.post("/api/v1/orders", {**body, "address_id": b.address_id}, b)
            for b, body in islice(zip(cycle(shop.buyers), cycle(bodies), strict=False), count)
        ]
        return _rate(shop, shop.stack.web_port, requests, 201)

    figures = _interleaved(
        shop,
        {
            "orders": orders,
            "bare": lambda: replay.run(
                shop.stack.environment["DATABASE_URL"],
                recorded,
                connections=CONNECTIONS,
                seconds=shop.seconds,
            ),
        },
    )
    return [
        Row("placing an order of 2 lines", figures["orders"], "1/s"),
        Row("the same statements by bare psycopg", figures["bare"], "1/s"),
        Row("statements of one order", len(recorded[0].statements), "statements"),
        report.at_least(
            "placing ÷ bare psycopg", figures["orders"] / figures["bare"], "ratio", 0.4
        ),
    ]


def _record_an_order(shop: Shop, body: dict[str, Any]) -> replay.Recording:
    """Place one order in this process and note what reaches the driver."""
    buyer, key = shop.buyers[0], uuid.uuid4().hex
    app = shop.stack.app
    with app.app_context(), replay.recording() as recorded, app.test_client() as client:
        answer = client.post(
            "/api/v1/orders",
            json=body,
            headers={"Authorization": f"Bearer {buyer.token}", "Idempotency-Key": key},
        )
    if answer.status_code != 201:
        raise RuntimeError(answer.get_data(as_text=True))
    recorded.fresh = (answer.get_json()["order_no"], key)
    return recorded


def notifying(shop: Shop) -> list[Row]:
    rates = []
    for _ in range(shop.rounds):
        waiting = _awaiting_payment(shop, 150)
        outcome = load.run(
            shop.stack.web_port, notices(shop.stack.credentials, waiting), connections=8
        )
        if set(outcome.statuses) - {200, 204}:
            raise RuntimeError(f"notices were answered {dict(outcome.statuses)}")
        rates.append(outcome.per_second)
    _check_all_paid(shop)
    return [Row("payment notices, signed and applied", median(rates), "1/s")]


def _awaiting_payment(shop: Shop, count: int) -> list[Due]:
    """Place `count` orders and start to pay each."""
    expected = _order_body(shop, shop.buyers[0])
    numbers = []
    for buyer in shop.buyers[:count]:
        client = shop.client(buyer)
        order = client.post("/api/v1/orders", {**expected, "address_id": buyer.address_id})
        client.post(f"/api/v1/orders/{order['order_no']}/payment", expect=200)
        client.session.close()
        numbers.append(order["order_no"])
    with shop.stack.app.app_context():
        rows = db.session.execute(
            text(
                "SELECT a.out_trade_no, a.amount_fen, a.openid FROM payment_attempts a"
                " JOIN orders o ON o.id = a.order_id WHERE o.order_no = ANY(:numbers)"
            ),
            {"numbers": numbers},
        )
        return [Due(*row) for row in rows]


def _check_all_paid(shop: Shop) -> None:
    with shop.stack.app.app_context():
        unpaid = db.session.scalar(
            text(
                "SELECT count(*) FROM orders o JOIN payment_attempts a ON a.order_id = o.id"
                " WHERE o.status = 'unpaid'"
            )
        )
    if unpaid:
        raise RuntimeError(f"{unpaid} orders stayed unpaid after their notices")


def cpu_of_an_order(shop: Shop) -> list[Row]:
    """CPU of cart, quote and order, by web, worker and database, over many shoppers."""
    expected = _order_body(shop, shop.buyers[0])["expected_payable_fen"]
    figures = _medians(
        shop, lambda: {**_cpu_ms_of(shop, expected), "bare Flask": _floor_cpu_ms(shop)}
    )
    bare = figures.pop("bare Flask")
    return [
        Row("CPU of a bare Flask request (what this machine is)", bare, "ms"),
        *(Row(f"CPU of cart to unpaid order: {part}", ms, "ms") for part, ms in figures.items()),
        report.at_most("CPU of cart to unpaid order", sum(figures.values()), "ms", 8),
    ]


def _cpu_ms_of(shop: Shop, expected_payable_fen: int) -> dict[str, float]:
    """What each part spent on one order, ms."""
    steps = list(_steps_to_an_order(shop, expected_payable_fen))
    before = shop.stack.cpu_seconds()
    for requests in steps:
        outcome = load.run(shop.stack.web_port, requests, connections=8)
        if any(status >= 300 for status in outcome.statuses):
            raise RuntimeError(f"a step was answered {dict(outcome.statuses)}")
    after = shop.stack.cpu_seconds()
    return {part: (after[part] - before[part]) * 1000 / CPU_ORDERS for part in after}


def _steps_to_an_order(shop: Shop, expected_payable_fen: int) -> Iterator[list[bytes]]:
    """Two goods into the cart, a quote, an order: each step of all shoppers."""
    buyers = shop.buyers[:CPU_ORDERS]
    for sku_id in shop.sku_ids[:2]:
        line = {"sku_id": sku_id, "quantity": 1}
        yield [shop.post("/api/v1/cart/lines", line, b) for b in buyers]
    cart = [{"cart": True, "address_id": b.address_id} for b in buyers]
    yield [shop.post("/api/v1/quotes", body, b) for body, b in zip(cart, buyers, strict=True)]
    shown = {"expected_payable_fen": expected_payable_fen}
    yield [
        shop.post("/api/v1/orders", body | shown, b) for body, b in zip(cart, buyers, strict=True)
    ]


def _floor_cpu_ms(shop: Shop) -> float:
    count = 2_000
    before = shop.stack.floor_cpu_seconds()
    load.run(shop.stack.floor_port, [request_bytes("GET", "/floor")] * count, connections=8)
    return (shop.stack.floor_cpu_seconds() - before) * 1000 / count


def rush(shop: Shop) -> list[Row]:
    """500 shoppers press at once on 100 units."""
    sku_id = shop.sku_ids[-1]
    _leave(shop, int(sku_id), RUSH_UNITS)
    lines = [{"sku_id": sku_id, "quantity": 1}]
    buyer = shop.buyers[0]
    quote = shop.client(buyer).post(
        "/api/v1/quotes", {"lines": lines, "address_id": buyer.address_id}, expect=200
    )
    requests = [
        shop.post(
            "/api/v1/orders",
            {
                "lines": lines,
                "address_id": b.address_id,
                "expected_payable_fen": quote["payable_fen"],
            },
            b,
        )
        for b in shop.buyers
    ]
    outcome = load.run(shop.stack.web_port, requests, connections=RUSH)
    orders, refused = outcome.statuses[201], outcome.statuses[409]
    return [
        report.exactly("rush of 500 on 100 units: orders", orders, "orders", RUSH_UNITS),
        report.exactly("rush: clean refusals", refused, "answers", RUSH - RUSH_UNITS),
        report.exactly("rush: errors", RUSH - orders - refused, "answers", 0),
        Row("rush: slowest answer", max(outcome.latencies), "s"),
    ]


def _leave(shop: Shop, sku_id: int, units: int) -> None:
    with shop.stack.app.app_context(), transaction() as session:
        left = session.scalar(text("SELECT sellable FROM stocks WHERE sku_id = :s"), {"s": sku_id})
        take_out(session, sku_id, int(left or 0), reason="benchmark", ref="benchmark")
        receive(session, sku_id, units, reason="benchmark", ref="benchmark")


def memory(shop: Shop) -> list[Row]:
    client = shop.client(shop.buyers[0])
    for _ in range(8):  # each web worker has loaded the tokenizer
        client.get("/api/v1/products/search", q="枕头")
    share, resident = shop.stack.web_memory_mb()
    return [
        report.at_most("memory of a web worker (PSS)", share, "MB", 110),
        Row("memory of a web worker (RSS, shared pages too)", resident, "MB"),
    ]
