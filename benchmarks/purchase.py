"""The purchase: hot reads, quote, placing, notices, memory, a rush on few units."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from itertools import cycle, islice
from statistics import median
from typing import Any

from sqlalchemy import text

from benchmarks import load, replay
from benchmarks.notices import AwaitingPayment, notices
from benchmarks.report import Row, at_least, at_most, attempt, exactly
from benchmarks.shop import CONNECTIONS, FLOOR, Shop, get_rate, interleaved, opened, rate, say
from mall.inventory.commands import receive, take_out
from mall.kernel.db import db, transaction

RUSH = 500
RUSH_UNITS = 100
FIRST_ORDERS = 2_000
"""Prepared for the first round of placing; later rounds prepare what the one before needed."""


def run(rounds: int, seconds: float) -> Iterator[Row]:
    """Every figure of the purchase, medians over `rounds` interleaved rounds."""
    measurements: tuple[Callable[[Shop], Iterable[Row]], ...] = (
        hot_reads,
        quoting,
        placing,
        notifying,
        rush,
        memory,
    )
    with opened(rounds, seconds, RUSH) as shop:
        for measure in measurements:
            name = measure.__name__.replace("_", " ")
            say(f"measuring: {name} …")
            yield from attempt(name, lambda measure=measure: measure(shop))  # type: ignore[misc]


def hot_reads(shop: Shop) -> Iterator[Row]:
    product = shop.client(shop.buyers[0]).get("/api/v1/products", limit=20)["items"][0]["id"]
    web, bare = shop.stack.web, shop.stack.start_server(FLOOR)
    figures = interleaved(
        shop.rounds,
        {
            "floor": lambda: get_rate(bare, "/floor", shop.seconds),
            "detail": lambda: get_rate(web, f"/api/v1/products/{product}", shop.seconds),
            "list": lambda: get_rate(web, "/api/v1/products?limit=20", shop.seconds),
        },
    )
    floor = figures["floor"]
    yield Row("bare Flask JSON route (the floor)", floor, "1/s")
    yield Row("product detail, cache warm", figures["detail"], "1/s")
    yield at_least("product detail ÷ floor", figures["detail"] / floor, "ratio", 0.8)
    yield Row("list of 20, cache warm", figures["list"], "1/s")
    yield at_least("list of 20 ÷ floor", figures["list"] / floor, "ratio", 0.8)


def quoting(shop: Shop) -> Iterator[Row]:
    lines = [{"sku_id": sku_id, "quantity": 1} for sku_id in shop.sku_ids[:5]]
    requests = [
        shop.post("/api/v1/quotes", {"lines": lines, "address_id": b.address_id}, b)
        for b in shop.buyers
    ]
    rates = [_rate(shop, requests, 200) for _ in range(shop.rounds)]
    yield Row("quote of 5 lines", median(rates), "1/s")


def placing(shop: Shop) -> Iterator[Row]:
    """Orders over 20 pairs of SKUs: a rush on one SKU is measured by `rush`."""
    bodies = [_order_body(shop, first) for first in range(20)]
    recorded = [_record_an_order(shop, body) for body in bodies]
    prepared = FIRST_ORDERS

    def orders() -> float:
        nonlocal prepared
        requests = [
            shop.post("/api/v1/orders", {**body, "address_id": b.address_id}, b)
            for b, body in islice(zip(cycle(shop.buyers), cycle(bodies), strict=False), prepared)
        ]
        # Each once: a repeated key would only get its first answer again.
        found = _rate(shop, requests, 201, once=True)
        prepared = int(found * shop.seconds * 1.5) + 1
        return found

    url = shop.stack.database_url
    figures = interleaved(
        shop.rounds,
        {
            "orders": orders,
            "bare": lambda: replay.run(
                url, recorded, connections=CONNECTIONS, seconds=shop.seconds
            ),
        },
    )
    yield Row("placing an order of 2 lines", figures["orders"], "1/s")
    yield Row("the same statements by bare psycopg", figures["bare"], "1/s")
    yield Row("statements of one order", len(recorded[0].statements), "statements")
    share = figures["orders"] / figures["bare"]
    yield at_least("placing ÷ bare psycopg", share, "ratio", 0.4)


def notifying(shop: Shop) -> Iterator[Row]:
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
    yield Row("payment notices, signed and applied", median(rates), "1/s")


def rush(shop: Shop) -> Iterator[Row]:
    """500 shoppers order at once, of 100 units."""
    sku_id = shop.sku_ids[-1]
    _leave(shop, int(sku_id), RUSH_UNITS)
    lines = [{"sku_id": sku_id, "quantity": 1}]
    shown = {"lines": lines, "expected_payable_fen": shop.price_of(lines, shop.buyers[0])}
    requests = [
        shop.post("/api/v1/orders", {**shown, "address_id": b.address_id}, b) for b in shop.buyers
    ]
    outcome = load.run(shop.stack.web_port, requests, connections=RUSH)
    orders, refused = outcome.statuses[201], outcome.statuses[409]
    yield exactly("rush of 500 on 100 units: orders", orders, "orders", RUSH_UNITS)
    yield exactly("rush: clean refusals", refused, "answers", RUSH - RUSH_UNITS)
    yield exactly("rush: errors", RUSH - orders - refused, "answers", 0)
    yield Row("rush: slowest answer", max(outcome.latencies), "s")


def memory(shop: Shop) -> Iterator[Row]:
    client = shop.client(shop.buyers[0])
    for _ in range(8):  # each web worker has loaded the tokenizer
        client.get("/api/v1/products/search", q="枕头")
    share, resident = shop.stack.web_memory_mb()
    yield at_most("memory of a web worker (PSS)", share, "MB", 110)
    yield Row("memory of a web worker (RSS, shared pages too)", resident, "MB")


def _rate(shop: Shop, requests: list[bytes], status: int, *, once: bool = False) -> float:
    return rate(shop.stack.web_port, requests, status, shop.seconds, once=once)


def _order_body(shop: Shop, first: int = 0) -> dict[str, Any]:
    """An order of two SKUs, beginning with number `first` of the shop."""
    lines = [{"sku_id": s, "quantity": 1} for s in (shop.sku_ids * 2)[first : first + 2]]
    buyer = shop.buyers[0]
    return {
        "lines": lines,
        "address_id": buyer.address_id,
        "expected_payable_fen": shop.price_of(lines, buyer),
    }


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


def _awaiting_payment(shop: Shop, count: int) -> list[AwaitingPayment]:
    """Place `count` orders and start to pay each."""
    expected = _order_body(shop)
    numbers = []
    for buyer in shop.buyers[:count]:
        client = shop.client(buyer)
        order = client.post("/api/v1/orders", {**expected, "address_id": buyer.address_id})
        client.post(f"/api/v1/orders/{order['order_no']}/payment", expect=200)
        client.http.clear()
        numbers.append(order["order_no"])
    with shop.stack.app.app_context():
        rows = db.session.execute(
            text(
                "SELECT a.out_trade_no, a.amount_fen, a.openid FROM payment_attempts a"
                " JOIN orders o ON o.id = a.order_id WHERE o.order_no = ANY(:numbers)"
            ),
            {"numbers": numbers},
        )
        return [AwaitingPayment(*row) for row in rows]


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


def _leave(shop: Shop, sku_id: int, units: int) -> None:
    with shop.stack.app.app_context(), transaction() as session:
        left = session.scalar(text("SELECT sellable FROM stocks WHERE sku_id = :s"), {"s": sku_id})
        take_out(session, sku_id, int(left or 0), reason="benchmark", ref="benchmark")
        receive(session, sku_id, units, reason="benchmark", ref="benchmark")
