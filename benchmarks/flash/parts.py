"""Where the time of one attempt goes: each part alone, in one process, and the whole."""

from __future__ import annotations

import asyncio
import io
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.flash import sale
from benchmarks.flash.bench import Bench
from benchmarks.flash.load_tool import BODY, Attempt
from benchmarks.floor import app as floor_app
from benchmarks.report import Row
from mall.flashsale.gate.commands import get
from mall.flashsale.gate.plain_client import PlainClient
from mall.flashsale.gate.records import digest_of
from mall.flashsale.purchase import request_parsing
from mall.flashsale.purchase.admission import Admission
from mall.flashsale.purchase.rate_limits import Window
from mall.flashsale.purchase.tokens import TokenKeys
from mall.kernel.http.front import Front
from mall.kernel.http.observe import record_request, request_id_of, request_log

TURNS = 4_000


def measure(bench: Bench) -> list[Row]:
    """Medians of the rounds, µs. What is left of the whole is calls and the answer's bytes."""
    tier = bench.tier
    sale.open_sale(tier)
    client: PlainClient = tier.app.extensions["mall.flash_client"]
    keys, windows = TokenKeys.of(tier.config), (Window[int](20), Window[str](1 << 30))
    (one,) = sale.attempts(tier, 1)
    parts: dict[str, Callable[[], Any]] = {
        "purchase token: HMAC and its fields": lambda: keys.check(one.token, "bench-device"),
        "body": lambda: request_parsing.units_and_address(BODY),
        "digest of the key": lambda: digest_of(one.key, BODY),
        "two rate limits": lambda: (windows[0].hit(one.user_id), windows[1].hit("127.0.0.1")),
        "request id": lambda: request_id_of(None),
        "metrics and log line": _noted,
        "a bare GET by redis-py": lambda: client.ask(get(b"nothing")),
    }
    found: dict[str, list[float]] = {}
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        for _ in range(bench.rounds):
            for name, part in parts.items():
                found.setdefault(name, []).append(_us(part))
            for name, us in _whole(bench).items():
                found.setdefault(name, []).append(us)
    script = tier.redis.info("commandstats")["cmdstat_evalsha"]
    rows = [Row(f"part of an attempt: {name}", median(us), "µs") for name, us in found.items()]
    rows.append(Row("part of an attempt: the script inside Redis", script["usec_per_call"], "µs"))
    return rows


def _noted() -> None:
    record_request(
        *(request_log(), "POST", request_parsing.PURCHASE, 202, 0.001),
        request_id="0" * 16,
        user_id=1,
    )


def _us(part: Callable[[], Any]) -> float:
    started = perf_counter()
    for _ in range(TURNS):
        part()
    return (perf_counter() - started) / TURNS * 1e6


def _whole(bench: Bench) -> dict[str, float]:
    """A purchase attempt, a sold-out one and the floor's request, called as a server calls them."""
    app = bench.tier.app.wsgi_app
    admitted = [_environ(one) for one in sale.attempts(bench.tier, TURNS)]
    spent = {"the whole attempt by Flask's route": _called(app, admitted, "202")}
    sale.open_sale(bench.tier)
    front = Front(bench.tier.app)
    scopes = [scope_of(one) for one in sale.attempts(bench.tier, TURNS)]
    spent["the whole attempt in the event loop"] = asyncio.run(_served(front, scopes))
    known: Admission = bench.tier.app.extensions["mall.flash_admission"]
    known.remember_sold_out(sale.ITEM, 1e9)
    refused = [_environ(one) for one in sale.attempts(bench.tier, TURNS)]
    spent["an attempt at what is sold out, by Flask's route"] = _called(app, refused, "409")
    known.forget()
    floor = [_bare("GET", "/floor") for _ in range(TURNS)]
    spent["the floor's request"] = _called(floor_app.wsgi_app, floor, "200")
    return spent


def _called(app: Callable[..., Any], environs: list[dict[str, Any]], expected: str) -> float:
    statuses = set()
    started = perf_counter()
    for environ in environs:
        app(environ, lambda status, headers, fault=None: statuses.add(status[:3]))
    spent = perf_counter() - started
    if statuses != {expected}:
        raise RuntimeError(f"expected {expected}, got {statuses}")
    return spent / len(environs) * 1e6


async def _served(front: Front, scopes: list[dict[str, Any]]) -> float:
    """µs of a request; one after another, so each waits for its own answer of Redis."""
    statuses = set()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": BODY, "more_body": False}

    async def send(event: dict[str, Any]) -> None:
        statuses.add(event.get("status", 202))

    app: Callable[..., Any] = front
    started = perf_counter()
    for scope in scopes:
        await app(scope, receive, send)
    spent = perf_counter() - started
    if statuses != {202}:
        raise RuntimeError(f"expected 202, got {statuses}")
    return spent / len(scopes) * 1e6


def scope_of(one: Attempt) -> dict[str, Any]:
    """The ASGI scope of an attempt."""
    return {
        "type": "http",
        "method": "POST",
        "path": f"/api/v1/flash-items/{one.item_id}/purchases",
        "query_string": b"",
        "client": ("127.0.0.1", 1),
        "headers": [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(BODY)),
            (b"flash-pass", one.token.encode()),
            (b"flash-device", b"bench-device"),
            (b"idempotency-key", one.key.encode()),
        ],
    }


def _environ(one: Attempt) -> dict[str, Any]:
    return {
        **_bare("POST", f"/api/v1/flash-items/{one.item_id}/purchases"),
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(BODY)),
        "wsgi.input": io.BytesIO(BODY),
        "HTTP_FLASH_PASS": one.token,
        "HTTP_FLASH_DEVICE": "bench-device",
        "HTTP_IDEMPOTENCY_KEY": one.key,
    }


def _bare(method: str, path: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
    }
