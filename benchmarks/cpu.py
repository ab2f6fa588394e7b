"""CPU of one purchase (cart, quote, order, prepay), by web, worker and database.

With another checkout beside it, both are measured in the same rounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks import load
from benchmarks.load import request_bytes
from benchmarks.report import Row, at_most, attempt
from benchmarks.shop import FLOOR, Shop, medians, opened, say
from benchmarks.stack import Server

ORDERS = 300
"""Shoppers, each with one order a round."""
CONNECTIONS = 8
MOST_MS, MOST_SHARE = 12, 0.6
"""Of web and database, cart to prepay: absolute, and of a version that costs 20."""
CART, QUOTE, ORDER, PREPAY = "two cart lines", "quote", "order", "prepay"
STEPS = (CART, QUOTE, ORDER, PREPAY)
PARTS = ("web", "worker", "postgresql")
Spent = dict[str, float]
"""CPU milliseconds a purchase, by "step: part"."""


@dataclass
class Subject:
    """One server whose purchases are measured."""

    name: str
    shop: Shop
    server: Server


def run(rounds: int, seconds: float, against: Path | None = None) -> Iterator[Row]:
    """The purchase of this checkout, and that of another one if it is given."""
    with ExitStack() as stack:
        ours = stack.enter_context(opened(rounds, seconds, ORDERS))
        subjects = [Subject("", ours, ours.stack.web)]
        if against is not None:
            say(f"starting the mall of {against} …")
            other = stack.enter_context(opened(rounds, seconds, ORDERS, against.resolve()))
            subjects.append(Subject(" (the version before)", other, other.stack.web))
        floor = ours.stack.start_server(FLOOR)
        yield Row("CPU of a bare Flask request (what this machine is)", _floor_ms(floor), "ms")
        yield from attempt("CPU of a purchase", lambda: _purchase(rounds, subjects))


def _purchase(rounds: int, subjects: list[Subject]) -> Iterator[Row]:
    found = measure(rounds, subjects)
    totals = []
    for subject in subjects:
        ours = not subject.name
        spent = found[subject.name]
        for step in STEPS:
            for part in PARTS:
                name = f"CPU of {step}: {part}{subject.name}"
                yield Row(name, spent[f"{step}: {part}"], "ms")
        until_order = sum(spent[f"{step}: {part}"] for step in STEPS[:3] for part in PARTS)
        name = f"CPU of cart to unpaid order, with the worker's{subject.name}"
        yield at_most(name, until_order, "ms", 8) if ours else Row(name, until_order, "ms")
        totals.append(total_ms(spent))
        name = f"CPU of cart to prepay: web and PostgreSQL{subject.name}"
        yield at_most(name, totals[-1], "ms", MOST_MS) if ours else Row(name, totals[-1], "ms")
    if len(totals) > 1:
        share = totals[0] / totals[1]
        yield at_most("CPU of cart to prepay ÷ the version before", share, "ratio", MOST_SHARE)


def measure(rounds: int, subjects: list[Subject]) -> dict[str, Spent]:
    """By the subject's name; each round takes all of them in turn."""

    def one_round() -> dict[str, float]:
        return {
            f"{subject.name}|{name}": ms
            for subject in subjects
            for name, ms in _spent(subject).items()
        }

    one_round()  # connections are open, statements are prepared
    found = medians(rounds, one_round)
    by_subject: dict[str, Spent] = {}
    for name, ms in found.items():
        subject, figure = name.split("|")
        by_subject.setdefault(subject, {})[figure] = ms
    return by_subject


def total_ms(spent: Spent) -> float:
    """Of web and PostgreSQL, from the cart to prepay."""
    return sum(ms for name, ms in spent.items() if not name.endswith("worker"))


def _spent(subject: Subject) -> Spent:
    """What each part spent on one purchase."""
    shop = subject.shop
    buyers = shop.buyers[:ORDERS]
    lines = [{"sku_id": sku_id, "quantity": 1} for sku_id in shop.sku_ids[:2]]
    payable_fen = shop.price_of(lines, buyers[0])
    cart = [{"cart": True, "address_id": b.address_id} for b in buyers]
    orders = [{**body, "expected_payable_fen": payable_fen} for body in cart]
    adding = [[shop.post("/api/v1/cart/lines", line, b) for b in buyers] for line in lines]
    spent = _cpu_of(subject, CART, adding)
    for step, path, bodies in (
        (QUOTE, "/api/v1/quotes", cart),
        (ORDER, "/api/v1/orders", orders),
    ):
        requests = [shop.post(path, body, b) for body, b in zip(bodies, buyers, strict=True)]
        spent |= _cpu_of(subject, step, [requests])
    return spent | _cpu_of(subject, PREPAY, [_prepays(shop)])


def _prepays(shop: Shop) -> list[bytes]:
    """The first payment of each order that was just placed."""
    with psycopg.connect(shop.stack.database_url) as connection:
        placed = connection.execute(
            "SELECT o.order_no, o.user_id FROM orders o WHERE o.status = 'unpaid' AND NOT EXISTS"
            " (SELECT FROM payment_attempts a WHERE a.order_id = o.id)"
        ).fetchall()
    tokens = {buyer.user_id: buyer.token for buyer in shop.buyers}
    return [
        request_bytes(
            "POST",
            f"/api/v1/orders/{order_no}/payment",
            {"Authorization": f"Bearer {tokens[user_id]}", "Content-Length": "0"},
        )
        for order_no, user_id in placed
    ]


def _cpu_of(subject: Subject, step: str, batches: list[list[bytes]]) -> Spent:
    stack = subject.shop.stack
    before = stack.cpu_seconds(subject.server)
    for requests in batches:
        outcome = load.run(subject.server.port, requests, connections=CONNECTIONS)
        if len(outcome.latencies) != ORDERS or any(s >= 300 for s in outcome.statuses):
            raise RuntimeError(f"{step}: a request was answered {dict(outcome.statuses)}")
    after = stack.cpu_seconds(subject.server)
    return {f"{step}: {part}": (after[part] - before[part]) * 1000 / ORDERS for part in after}


def _floor_ms(floor: Server) -> float:
    count = 2_000
    before = floor.cpu_seconds()
    load.run(floor.port, [request_bytes("GET", "/floor")] * count, connections=CONNECTIONS)
    return (floor.cpu_seconds() - before) * 1000 / count
