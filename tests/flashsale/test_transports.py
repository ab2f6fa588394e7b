"""Purchase attempts and polls, by the event loop and by Flask's route: the same to the byte."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from redis import Redis

from mall.application import create_app
from mall.config import Config
from mall.flashsale.gate import GateLocation, Outcome, figures, release, set_state, settle
from mall.flashsale.purchase.admission import SOLD_OUT_S, Admission
from mall.kernel.db import db
from mall.kernel.http.front import Front
from tests.flashsale.gates import ITEM, SESSION, entries, plan, put
from tests.support.asgi import as_wsgi, loop_thread
from tests.support.flash_purchases import Purchaser, Told, make_token

SAME_ID = {"X-Request-ID": "0123456789abcdef"}


def known_by(app: Flask) -> Admission:
    found: Admission = app.extensions["mall.flash_admission"]
    return found


@dataclass
class Transports:
    """The same mall twice: one app behind the event loop, another one's own route."""

    event_loop: Flask
    plain: Flask
    config: Config
    called: Callable[..., Iterable[bytes]]

    def of(self, user_id: int, **how: Any) -> tuple[Purchaser, Purchaser]:
        """A shopper at both, with one request id."""
        session_id = how.pop("session_id", SESSION)
        text = make_token(self.config, user_id, session_id, **how)
        return Purchaser(self.called, text, SAME_ID), Purchaser(self.plain.wsgi_app, text, SAME_ID)

    def forget(self) -> None:
        """As if both were new processes: nothing is remembered as sold out, nothing counted."""
        for app in (self.event_loop, self.plain):
            known_by(app).forget()


@pytest.fixture(scope="module")
def plain_app(config: Config) -> Flask:
    return create_app(config)


@pytest.fixture(scope="module")
def called(migrated_app: Flask) -> Iterator[Callable[..., Iterable[bytes]]]:
    """The event loop, in a thread of its own."""
    with loop_thread() as loop:
        yield as_wsgi(Front(migrated_app), loop)


@pytest.fixture
def transports(
    app: Flask, plain_app: Flask, config: Config, called: Callable[..., Iterable[bytes]]
) -> Transports:
    found = Transports(app, plain_app, config, called)
    found.forget()
    return found


def same(one: Told, other: Told) -> Told:
    """Both are the same to the byte; headers in any order."""
    assert one.status == other.status
    assert one.body == other.body
    assert sorted(one.headers) == sorted(other.headers)
    return one


Case = Callable[[Purchaser], Told]
NOT_A_TOKEN = "p1.000000.1.5.0.99999999999.00000000000000000000000000000000"
FORM_FEED = b'{"units":1,\f"address_id":"1"}'  # white space, but not JSON's
REFUSALS: list[tuple[str, dict[str, Any], Case, str]] = [
    ("sold_out", {"left": 0}, lambda p: p.attempt(ITEM), "409 CONFLICT"),
    ("sold_out", {"left": 1}, lambda p: p.attempt(ITEM, units=2), "409 CONFLICT"),
    ("limit_reached", {}, lambda p: p.attempt(ITEM, units=3), "409 CONFLICT"),
    ("not_started", {"starts_in_s": 60}, lambda p: p.attempt(ITEM), "409 CONFLICT"),
    ("ended", {"lasts_s": 30}, lambda p: p.attempt(ITEM), "409 CONFLICT"),
    ("paused", {"state": "paused"}, lambda p: p.attempt(ITEM), "409 CONFLICT"),
    ("not_eligible", {"audience": "new_customers"}, lambda p: p.attempt(ITEM), "403 FORBIDDEN"),
    ("gate_closed", {}, lambda p: p.attempt(ITEM + 1), "503 SERVICE UNAVAILABLE"),
    ("pass_invalid", {}, lambda p: p.attempt(ITEM, Flash_Pass=""), "401 UNAUTHORIZED"),
    ("pass_invalid", {}, lambda p: p.attempt(ITEM, Flash_Device=""), "401 UNAUTHORIZED"),
    ("pass_invalid", {}, lambda p: p.attempt(ITEM, Flash_Device="another-one"), "401 UNAUTHORIZED"),
    ("pass_invalid", {}, lambda p: p.attempt(ITEM, Flash_Pass=NOT_A_TOKEN), "401 UNAUTHORIZED"),
    ("pass_invalid", {}, lambda p: p.attempt(ITEM, Flash_Pass="x" * 300), "401 UNAUTHORIZED"),
    (
        "pass_invalid",
        {},
        lambda p: p.attempt(ITEM, Flash_Pass=p.token.replace(".5.", ".6.")),
        "401 UNAUTHORIZED",
    ),
    ("idempotency_key_required", {}, lambda p: p.attempt(ITEM, key="short"), "400 BAD REQUEST"),
    ("idempotency_key_required", {}, lambda p: p.attempt(ITEM, key="a" * 65), "400 BAD REQUEST"),
    (
        "idempotency_key_required",
        {},
        lambda p: p.attempt(ITEM, key="ab cd ef gh"),
        "400 BAD REQUEST",
    ),
    ("validation_failed", {}, lambda p: p.attempt(ITEM, units=0), "422 UNPROCESSABLE ENTITY"),
    ("validation_failed", {}, lambda p: p.attempt(ITEM, units="1"), "422 UNPROCESSABLE ENTITY"),
    ("validation_failed", {}, lambda p: p.attempt(ITEM, units=True), "422 UNPROCESSABLE ENTITY"),
    ("validation_failed", {}, lambda p: p.attempt(ITEM, units=10_000), "422 UNPROCESSABLE ENTITY"),
    ("validation_failed", {}, lambda p: p.attempt(ITEM, address_id=1), "422 UNPROCESSABLE ENTITY"),
    ("validation_failed", {}, lambda p: p.attempt(ITEM, body=[1]), "422 UNPROCESSABLE ENTITY"),
    ("bad_request", {}, lambda p: p.attempt(ITEM, body=b"{"), "400 BAD REQUEST"),
    ("bad_request", {}, lambda p: p.attempt(ITEM, body=b"\xff\xfe"), "400 BAD REQUEST"),
    ("bad_request", {}, lambda p: p.attempt(ITEM, body=FORM_FEED), "400 BAD REQUEST"),
    (
        "unsupported_media_type",
        {},
        lambda p: p.attempt(ITEM, Content_Type="text/plain"),
        "415 UNSUPPORTED MEDIA TYPE",
    ),
    ("not_found", {}, lambda p: p.attempt(0), "404 NOT FOUND"),
    ("not_found", {}, lambda p: p.attempt(2**63), "404 NOT FOUND"),
    ("not_found", {}, lambda p: p.poll("nonsense"), "404 NOT FOUND"),
    ("not_found", {}, lambda p: p.poll("9-0-1-1"), "404 NOT FOUND"),
    ("pass_invalid", {}, lambda p: p.poll("11-0-1-1", Flash_Device=""), "401 UNAUTHORIZED"),
    ("not_authenticated", {}, lambda p: p.poll("11-0-1-1", Flash_Pass=""), "401 UNAUTHORIZED"),
]


@pytest.mark.parametrize(
    ("code", "changes", "ask", "status"),
    REFUSALS,
    ids=[f"{number}-{case[0]}" for number, case in enumerate(REFUSALS)],
)
def test_every_refusal_is_the_same(
    transports: Transports, code: str, changes: dict[str, Any], ask: Case, status: str
) -> None:
    where = put(plan(**changes))
    before = figures(where)
    fast, plain = transports.of(42)
    told = same(ask(fast), ask(plain))
    assert (told.code, told.status) == (code, status)
    assert told.json["error"]["request_id"] == SAME_ID["X-Request-ID"]
    assert figures(where) == before
    assert (("Retry-After", "1") in told.headers) == (code == "gate_closed")


@pytest.mark.parametrize("header", ["Flash-Pass", "Flash-Device"])
def test_a_missing_header_is_named(transports: Transports, header: str) -> None:
    put(plan())
    fast, plain = transports.of(42)
    missing = {header.replace("-", "_"): ""}
    told = same(fast.attempt(ITEM, **missing), plain.attempt(ITEM, **missing))
    assert (told.code, told.json["error"]["param"]) == ("pass_invalid", header)
    assert f"缺少 {header} 请求头" in told.json["error"]["message"]


def test_admission_and_its_repeat_are_the_same(transports: Transports, redis: Redis) -> None:
    where = put(plan(10))
    fast, plain = transports.of(42)
    told = fast.attempt(ITEM, key="attempt-0001")
    assert told.status == "202 ACCEPTED"
    assert told.json == {"ticket": f"{ITEM}-0-1-1", "status": "queued"}
    again = same(fast.attempt(ITEM, key="attempt-0001"), plain.attempt(ITEM, key="attempt-0001"))
    assert again.body == told.body
    assert ("Idempotent-Replay", "true") in again.headers
    other = {"units": 2, "key": "attempt-0001"}
    assert same(fast.attempt(ITEM, **other), plain.attempt(ITEM, **other)).code == (
        "idempotency_key_reused"
    )
    second = plain.attempt(ITEM, key="attempt-0002")
    assert sorted(second.headers) == sorted(told.headers)
    assert second.json["ticket"] == f"{ITEM}-0-1-2"
    assert [one.left if one else -1 for one in figures(where)] == [8]
    assert [entry.address_id for entry in entries(redis, where.parts[0])] == [1, 1]


@pytest.mark.parametrize(
    "body",
    [
        b'{"units":1,"address_id":"7"}',
        b' {\t"units" : 1 ,\r\n"address_id" : "7" }\n',
        b'{"address_id":"7","units":1}',
        b'{"units":1,"address_id":"\\u0037"}',
    ],
)
def test_a_good_body_is_good_however_it_is_written(
    transports: Transports, redis: Redis, body: bytes
) -> None:
    where = put(plan(10))
    fast, plain = transports.of(42)
    key = "attempt-0001"
    first = fast.attempt(ITEM, key=key, body=body)
    assert first.ticket == plain.attempt(ITEM, key=key, body=body).ticket
    assert [entry.address_id for entry in entries(redis, where.parts[0])] == [7]


STACKED: list[dict[str, Any]] = [
    {"choices": {"coupons": "best"}},
    {"coupon_ids": ["1"]},
    {"points": 100},
    {"price_fen": 1},
    {"expected_payable_fen": 1},
]


@pytest.mark.parametrize("more", STACKED, ids=lambda more: next(iter(more)))
def test_a_crafted_request_that_stacks_is_refused(
    transports: Transports, more: dict[str, Any]
) -> None:
    where = put(plan(10))
    before = figures(where)
    fast, plain = transports.of(42)
    body = {"units": 1, "address_id": "1", **more}
    told = same(fast.attempt(ITEM, body=body), plain.attempt(ITEM, body=body))
    assert told.code == "validation_failed"
    assert told.json["error"]["param"] == next(iter(more))
    assert figures(where) == before


def test_an_expired_pass_says_so(transports: Transports) -> None:
    put(plan())
    fast, plain = transports.of(42, life_s=-1)
    assert same(fast.attempt(ITEM), plain.attempt(ITEM)).code == "pass_expired"
    assert same(fast.poll("11-0-1-1"), plain.poll("11-0-1-1")).code == "pass_expired"


def test_a_pass_of_another_session_is_none_here(transports: Transports) -> None:
    put(plan())
    fast, plain = transports.of(42, session_id=SESSION + 1)
    assert same(fast.attempt(ITEM), plain.attempt(ITEM)).code == "pass_invalid"


def test_a_new_customer_gets_in(transports: Transports) -> None:
    put(plan(audience="new_customers"))
    fast, _ = transports.of(42, new_customer=True)
    assert fast.attempt(ITEM).ticket


def test_a_closed_gate_is_closed_at_both(transports: Transports, redis: Redis) -> None:
    where = put(plan())
    fast, plain = transports.of(42)
    set_state(where, "closed")
    assert same(fast.attempt(ITEM), plain.attempt(ITEM)).code == "gate_closed"
    set_state(where, "open")
    assert fast.attempt(ITEM).ticket
    redis.hset(where.parts[0].gate, "run", "0" * 40)  # as after a restart or a restore
    assert same(fast.attempt(ITEM), plain.attempt(ITEM)).code == "gate_closed"
    redis.flushall()
    assert same(fast.attempt(ITEM), plain.attempt(ITEM)).code == "gate_closed"
    redis.script_flush()
    where = put(plan(epoch=2))
    assert fast.attempt(ITEM).ticket == f"{ITEM}-0-2-1", "an unknown script is given again"


def test_sold_out_is_remembered_for_a_second(transports: Transports, redis: Redis) -> None:
    where = put(plan(1))
    fast, plain = transports.of(42)
    ticket = fast.attempt(ITEM, key="attempt-0001").ticket
    assert same(fast.attempt(ITEM, key="attempt-0002"), plain.attempt(ITEM)).code == "sold_out"
    assert release(where, 42, ticket)
    calls = redis.info("commandstats")["cmdstat_evalsha"]["calls"]
    for way in (fast, plain):
        assert way.attempt(ITEM, body=b"nothing is read", key="").code == "sold_out"
    assert redis.info("commandstats")["cmdstat_evalsha"]["calls"] == calls
    assert SOLD_OUT_S <= 1.0
    again = same(
        *(one.attempt(ITEM, key="attempt-0001", Idempotent_Retry="true") for one in (fast, plain))
    )
    assert again.ticket == ticket, "a repeat is let through to its ticket"
    transports.forget()
    assert fast.attempt(ITEM).ticket


def test_trying_too_often_is_refused(transports: Transports) -> None:
    where = put(plan(1000, limit=1000))
    fast, plain = transports.of(42)
    answers = []
    for way in (fast, plain):
        told = [way.attempt(ITEM) for _ in range(21)]
        assert {one.status for one in told[:20]} == {"202 ACCEPTED"}
        answers.append(told[20])
    told = same(*answers)
    assert (told.code, told.status) == ("rate_limited", "429 TOO MANY REQUESTS")
    assert ("Retry-After", "10") in told.headers
    assert [one.seq if one else 0 for one in figures(where)] == [40]
    known_by(transports.event_loop).of_address.limit = 1
    try:
        other, _ = transports.of(43)
        assert other.attempt(ITEM).code == "rate_limited", "the address"
    finally:
        known_by(transports.event_loop).of_address.limit = 2000


def test_looking_too_often_is_refused(transports: Transports) -> None:
    put(plan(10))
    fast, plain = transports.of(42)
    ticket = fast.attempt(ITEM).ticket
    told = []
    for way in (fast, plain):
        assert {way.poll(ticket).status for _ in range(20)} == {"200 OK"}
        told.append(way.poll(ticket))
    assert same(*told).code == "rate_limited"


def test_a_ticket_is_told_to_its_owner_alone(transports: Transports, redis: Redis) -> None:
    where = put(plan(10))
    shard = where.parts[0]
    fast, plain = transports.of(42)
    tickets = [fast.attempt(ITEM).ticket for _ in range(2)]
    told = same(fast.poll(tickets[0]), plain.poll(tickets[0]))
    nothing = {"order_no": None, "reason": None}
    assert told.json == {"ticket": tickets[0], "status": "queued", **nothing}
    one, two = entries(redis, shard)
    settle(shard, [Outcome(one, "ordered", "20261122000001"), Outcome(two, "failed", "blocked")])
    assert same(fast.poll(tickets[0]), plain.poll(tickets[0])).json == {
        **{"ticket": tickets[0], "status": "ordered"},
        **{"order_no": "20261122000001", "reason": None},
    }
    assert same(fast.poll(tickets[1]), plain.poll(tickets[1])).json == {
        **{"ticket": tickets[1], "status": "failed"},
        **{"order_no": None, "reason": "blocked"},
    }
    release(where, 42, tickets[0])
    assert same(fast.poll(tickets[0]), plain.poll(tickets[0])).json["status"] == "released"
    for way in transports.of(43):
        assert way.poll(tickets[0]).code == "not_found"


def test_the_event_loop_needs_no_app_context(transports: Transports) -> None:
    put(plan(10))
    fast, _ = transports.of(42)
    db.session.remove()
    assert fast.attempt(ITEM).ticket
    assert isinstance(put(plan(10, epoch=2)), GateLocation)
