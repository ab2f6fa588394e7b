"""Flash sales in the event loop: attempts and polls, the rest of the mall beside them."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from mall.application import create_app
from mall.config import Config
from mall.flashsale.gate import figures
from mall.kernel.http import front
from mall.kernel.http.front import Front
from tests.flashsale.gates import ITEM, SESSION, plan, put
from tests.support.asgi import as_wsgi, call, loop_thread
from tests.support.flash_purchases import DEVICE, Purchaser, make_token

Made = Callable[..., "Tier"]
PURCHASES = f"/api/v1/flash-items/{ITEM}/purchases"


class Tier:
    """A tier of its own with this configuration, and a loop that it runs in."""

    def __init__(self, config: Config, loop: asyncio.AbstractEventLoop) -> None:
        self.config, self.loop = config, loop
        self.app = Front(create_app(config))

    def shopper(self, user_id: int, **headers: str) -> Purchaser:
        text = make_token(self.config, user_id, SESSION)
        return Purchaser(as_wsgi(self.app, self.loop), text, headers)

    def call(self, headers: list[tuple[bytes, bytes]], *events: dict[str, Any]) -> tuple[int, Any]:
        """POST a purchase with just these headers: the status, and what is said."""
        start, *rest = self.sent(headers, *events)
        return start["status"], json.loads(b"".join(one.get("body", b"") for one in rest))

    def sent(
        self, headers: list[tuple[bytes, bytes]], *events: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """What is sent for such a request."""
        scope = {
            **{"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1"},
            **{"method": "POST", "scheme": "http", "path": PURCHASES, "query_string": b""},
            **{"root_path": "", "headers": headers, "client": ("10.0.0.1", 4), "server": ("h", 80)},
        }
        sent: list[dict[str, Any]] = self.run(call(self.app, scope, *events))
        return sent

    def run(self, steps: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(steps, self.loop).result(30)

    def headers(self, user_id: int) -> list[tuple[bytes, bytes]]:
        return [
            (b"content-type", b"application/json"),
            (b"flash-pass", make_token(self.config, user_id, SESSION).encode()),
            (b"flash-device", DEVICE.encode()),
            (b"idempotency-key", b"attempt-0001"),
        ]


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    with loop_thread() as running:
        yield running


@pytest.fixture
def tier_with(app: Flask, config: Config, loop: asyncio.AbstractEventLoop) -> Made:
    """`tier_with(trusted_proxies=1)`"""
    return lambda **changes: Tier(dataclasses.replace(config, **changes), loop)


BODY = b'{"units":1,"address_id":"1"}'
WHOLE = {"type": "http.request", "body": BODY, "more_body": False}
LENGTH = (b"content-length", b"%d" % len(BODY))


def test_attempts_and_looks_need_no_flask(tier_with: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_flask(*_: Any) -> None:
        raise AssertionError("Flask was asked")

    put(plan(1))
    tier = tier_with()
    monkeypatch.setattr(front, "WsgiCall", no_flask)
    shopper = tier.shopper(42)
    assert shopper.poll(shopper.attempt(ITEM).ticket).json["status"] == "queued"
    assert [shopper.attempt(ITEM).code for _ in range(2)] == ["sold_out"] * 2
    with pytest.raises(AssertionError, match="Flask was asked"):
        shopper.attempt(ITEM, units=0, Idempotent_Retry="true")


def test_the_rest_of_the_mall_is_there(tier_with: Made) -> None:
    shopper = tier_with().shopper(42)
    assert shopper.call("GET", "/healthz", {}, b"").json == {"status": "ok"}
    sessions = shopper.call("GET", "/api/v1/flash-sessions", {}, b"")
    assert (sessions.status, sessions.json["items"]) == ("200 OK", [])
    assert shopper.call("GET", "/api/v1/nowhere", {}, b"").code == "not_found"
    assert shopper.call("POST", "/api/v1/quotes", {}, b"{}").code == "not_authenticated"


@pytest.mark.parametrize("headers", [[], [(b"transfer-encoding", b"chunked")]])
def test_a_body_whose_length_is_not_told(
    tier_with: Made, headers: list[tuple[bytes, bytes]]
) -> None:
    """The server knows where it ends; Flask reads it."""
    put(plan(10))
    tier = tier_with()
    parts = [{"type": "http.request", "body": BODY[:9], "more_body": True}]
    parts.append({"type": "http.request", "body": BODY[9:], "more_body": False})
    status, said = tier.call([*tier.headers(42), *headers], *parts)
    assert (status, said["ticket"]) == (202, f"{ITEM}-0-1-1")


def test_a_header_that_comes_twice_goes_to_flask(tier_with: Made) -> None:
    where = put(plan(10))
    tier = tier_with()
    twice = [*tier.headers(42), LENGTH, (b"idempotency-key", b"attempt-0002")]
    status, said = tier.call(twice, WHOLE)
    assert (status, said["error"]["code"]) == (400, "idempotency_key_required")
    assert [one.left if one else -1 for one in figures(where)] == [10]


def test_a_client_that_goes_away_in_its_body_gets_nothing(tier_with: Made) -> None:
    where = put(plan(10))
    tier = tier_with()
    half = {"type": "http.request", "body": BODY[:9], "more_body": True}
    assert tier.sent([*tier.headers(42), LENGTH], half) == []
    assert [one.left if one else -1 for one in figures(where)] == [10]


def test_who_attempts_is_told_by_our_own_proxies(tier_with: Made) -> None:
    put(plan(1000, limit=1000))
    tier = tier_with(trusted_proxies=1, flash_address_per_10s=2)
    via = [tier.shopper(one, X_Forwarded_For=f"{one}, 10.1.1.1") for one in (1, 2, 3)]
    assert [one.attempt(ITEM).status[:3] for one in via] == ["202", "202", "429"]
    assert tier.shopper(4, X_Forwarded_For="10.1.1.1, 10.1.1.2").attempt(ITEM).ticket


def test_nobody_can_pose_as_our_proxy(tier_with: Made) -> None:
    """WSGI writes both headers into one place; what came by X_Forwarded_For is dropped."""
    put(plan(1000, limit=1000))
    tier = tier_with(trusted_proxies=1, flash_address_per_10s=1)
    told = []
    for number in (b"1", b"2"):
        usual = [one for one in tier.headers(42) if one[0] != b"idempotency-key"]
        key = (b"idempotency-key", b"attempt-000" + number)
        posed = [(b"x-forwarded-for", b"10.1.1.1"), (b"x_forwarded_for", b"10.9.9." + number)]
        # Without a length the request goes to Flask.
        told.append(tier.call([*usual, key, *posed], WHOLE)[0])
    assert told == [202, 429]


def test_a_look_that_flask_answers_counts_once(tier_with: Made) -> None:
    put(plan(10))
    shopper = tier_with(flash_shopper_per_10s=3).shopper(42)
    told = [shopper.poll(f"{ITEM}-0-1-1").code for _ in range(4)]
    assert told == ["not_found"] * 3 + ["rate_limited"]


def test_when_redis_is_gone_the_gate_is_closed(tier_with: Made) -> None:
    put(plan(10))
    tier = tier_with(flash_redis_url="redis://127.0.0.1:1/0")
    shopper = tier.shopper(42)
    assert shopper.attempt(ITEM).code == "gate_closed"
    assert shopper.poll(f"{ITEM}-0-1-1").code == "not_found"  # PostgreSQL knows no such item
