"""A shop under measurement: a running mall with goods and shoppers, and ways to take figures."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console

from benchmarks import load, seed
from benchmarks.load import request_bytes
from benchmarks.seed import Buyer
from benchmarks.stack import ROOT, Server, Stack, running
from mall.tour.client import Client

CONNECTIONS = 32
FLOOR = "benchmarks.floor:app"

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

    def price_of(self, lines: list[dict[str, Any]], buyer: Buyer) -> int:
        """What an order of these lines comes to, in fen."""
        wanted = {"lines": lines, "address_id": buyer.address_id}
        return int(self.client(buyer).post("/api/v1/quotes", wanted, expect=200)["payable_fen"])


@contextmanager
def opened(rounds: int, seconds: float, shoppers: int, root: Path = ROOT) -> Iterator[Shop]:
    """The shop of a checkout with so many shoppers."""
    with running(root) as stack:
        say("loading the demo shop and logging in shoppers …")
        yield Shop(stack, seed.demo_shop(stack), seed.buyers(stack, shoppers), rounds, seconds)


def interleaved(rounds: int, runs: dict[str, Callable[[], float]]) -> dict[str, float]:
    """The median of each figure; one round takes each once, so that noise hits all alike."""
    return medians(rounds, lambda: {name: one() for name, one in runs.items()})


def medians(rounds: int, one_round: Callable[[], dict[str, float]]) -> dict[str, float]:
    """The same of a round that finds all figures by itself."""
    found = [one_round() for _ in range(rounds)]
    return {name: median(figures[name] for figures in found) for name in found[0]}


def rate(
    port: int, requests: Sequence[bytes], status: int, seconds: float, *, once: bool = False
) -> float:
    """Answers a second; RuntimeError when one has another status."""
    outcome = load.run(port, requests, connections=CONNECTIONS, seconds=seconds, once=once)
    if set(outcome.statuses) != {status}:
        raise RuntimeError(f"expected only {status}, got {dict(outcome.statuses)}")
    return outcome.per_second


def get_rate(server: Server, path: str, seconds: float) -> float:
    """Answers a second of one GET, again and again."""
    return rate(server.port, [request_bytes("GET", path)], 200, seconds)
