"""The gate's scripts against a real Redis: every answer, every effect, nothing by halves."""

from __future__ import annotations

import pytest
from flask import Flask
from redis import Redis

from mall.flashsale.gate import (
    GateLocation,
    HeldTicket,
    Outcome,
    balance,
    drop,
    figures,
    release,
    set_state,
    settle,
    unpack,
)
from mall.flashsale.gate.keys import TicketId, pack_route, route_key, unpack_route
from mall.flashsale.gate.records import pack
from mall.flashsale.gate.scripts import MOVE
from tests.flashsale.gates import ITEM, SESSION, digest, entries, plan, put
from tests.flashsale.model import attempt


def left(where: GateLocation) -> list[int]:
    return [one.left if one else -1 for one in figures(where)]


def test_a_attempt_takes_units_and_leaves_a_ticket(app: Flask, redis: Redis) -> None:
    where = put(plan(10))
    shard = where.shard_of(42)
    assert attempt(redis, shard, 42, digest(1), units=2, address_id=9, flags=1) == "+1-1"
    (one,) = figures(where)
    assert one is not None
    assert (one.left, one.queued, one.seq, one.state, one.current) == (8, 2, 1, "open", True)
    (entry,) = entries(redis, shard)
    assert (entry.user_id, entry.units, entry.address_id, entry.flags) == (42, 2, 9, 1)
    assert entry.digest == digest(1)
    assert str(entry.ticket) == f"{ITEM}-0-1-1"
    record = redis.hget(shard.held, "42")
    assert isinstance(record, bytes)
    assert list(unpack(record)) == [HeldTicket(1, 1, digest(1), 2, "queued")]


def test_the_same_key_gets_its_first_ticket(app: Flask, redis: Redis) -> None:
    where = put(plan(10))
    shard = where.shard_of(42)
    assert attempt(redis, shard, 42, digest(1)) == "+1-1"
    assert attempt(redis, shard, 42, digest(1)) == "=1-1"
    assert attempt(redis, shard, 42, digest(1, body=3)) == "idempotency_key_reused"
    assert attempt(redis, shard, 43, digest(1)) == "+1-2", "keys are each shopper's own"
    assert left(where) == [8]
    set_state(where, "paused")
    assert attempt(redis, shard, 42, digest(1)) == "=1-1", "also when nobody else is let in"


@pytest.mark.parametrize(
    ("changes", "units", "flags", "answer"),
    [
        ({"starts_in_s": 30}, 1, 0, "not_started"),
        ({"starts_in_s": -60, "lasts_s": 30}, 1, 0, "ended"),
        ({"state": "paused"}, 1, 0, "paused"),
        ({"audience": "new_customers"}, 1, 0, "not_eligible"),
        ({"audience": "new_customers"}, 1, 1, "+1-1"),
        ({"limit": 2}, 3, 0, "limit_reached"),
        ({"left": 0}, 1, 0, "sold_out"),
        ({"left": 1}, 2, 0, "short"),
        ({"limit": 9, "session_limit": 2}, 3, 0, "limit_reached"),
    ],
)
def test_a_refusal_changes_nothing(  # noqa: PLR0917
    app: Flask, redis: Redis, changes: dict[str, int], units: int, flags: int, answer: str
) -> None:
    where = put(plan(**changes))
    before = figures(where)
    shard = where.shard_of(42)
    assert attempt(redis, shard, 42, digest(1), units=units, flags=flags) == answer
    if not answer.startswith("+"):
        assert figures(where) == before
        assert not redis.hexists(shard.held, "42")
        assert entries(redis, shard) == []


def test_a_pass_of_another_session_opens_nothing(app: Flask, redis: Redis) -> None:
    shard = put(plan()).shard_of(42)
    assert attempt(redis, shard, 42, digest(1), session_id=SESSION + 1) == "pass_invalid"


def test_a_closed_missing_or_foreign_gate_is_closed(app: Flask, redis: Redis) -> None:
    where = put(plan())
    shard = where.shard_of(42)
    redis.hset(shard.gate, "run", "0" * 40)  # as after a restart or a restore
    assert attempt(redis, shard, 42, digest(1)) == "gate_closed"
    where = put(plan())
    assert set_state(where, "closed") == 1
    assert attempt(redis, shard, 42, digest(1)) == "gate_closed"
    set_state(where, "ended")
    assert attempt(redis, shard, 42, digest(1)) == "ended"
    redis.flushall()
    assert attempt(redis, shard, 42, digest(1)) == "gate_closed"
    assert figures(where) == (None,)
    assert set_state(where, "open") == 0, "a missing gate stays missing"
    assert not redis.exists(shard.gate)
    assert release(where, 42, f"{ITEM}-0-1-1") is False


def test_the_limit_over_a_session_counts_all_items(app: Flask, redis: Redis) -> None:
    sale = plan(10, limit=2, session_limit=3, items=(ITEM, ITEM + 1))
    first = put(sale)
    second = sale.where(sale.items[1])
    one, two = first.shard_of(42), second.shard_of(42)
    assert attempt(redis, one, 42, digest(1), units=2) == "+1-1"
    assert attempt(redis, two, 42, digest(1), units=2) == "limit_reached"
    assert attempt(redis, two, 42, digest(2), units=1) == "+1-1"
    assert attempt(redis, two, 42, digest(3), units=1) == "limit_reached"
    assert release(first, 42, f"{ITEM}-0-1-1")
    assert attempt(redis, two, 42, digest(3), units=1) == "+1-2"
    settle(two, [Outcome(one, "failed", "blocked") for one in entries(redis, two)])
    assert attempt(redis, one, 42, digest(4), units=2) == "+1-2", "what failed counts no more"


def test_units_come_back_once_by_their_ticket(app: Flask, redis: Redis) -> None:
    where = put(plan(2, limit=2))
    shard = where.shard_of(42)
    attempt(redis, shard, 42, digest(1), units=2)
    assert attempt(redis, shard, 43, digest(1)) == "sold_out"
    assert release(where, 43, f"{ITEM}-0-1-1") is False, "it is another's"
    assert release(where, 42, f"{ITEM + 1}-0-1-1") is False
    assert release(where, 42, f"{ITEM}-1-1-1") is False
    assert release(where, 42, f"{ITEM}-0-2-1") is False
    assert release(where, 42, "nonsense") is False
    assert release(where, 42, f"{ITEM}-0-1-1") is True
    assert release(where, 42, f"{ITEM}-0-1-1") is False
    assert left(where) == [2]
    assert attempt(redis, shard, 42, digest(2), units=2) == "+1-2"


def test_settling_is_done_once(app: Flask, redis: Redis) -> None:
    where = put(plan(10))
    shard = where.parts[0]
    for user_id in (1, 2, 3):
        attempt(redis, shard, user_id, digest(user_id))
    first, second, third = entries(redis, shard)
    outcomes = [Outcome(first, "ordered", "2026112200000001"), Outcome(second, "failed", "blocked")]
    assert settle(shard, outcomes) == 2
    assert settle(shard, outcomes) == 0
    assert settle(shard, []) == 0
    assert entries(redis, shard) == [third]
    (now,) = figures(where)
    assert now is not None
    assert (now.left, now.queued) == (8, 1)
    assert _tickets(redis, shard.held, 1) == [
        HeldTicket(1, 1, digest(1), 1, "ordered", "2026112200000001")
    ]
    assert _tickets(redis, shard.held, 2) == [HeldTicket(1, 2, digest(2), 1, "failed", "blocked")]
    assert release(where, 2, str(second.ticket)) is False
    assert release(where, 1, str(first.ticket)) is True


def test_settling_after_a_loss_writes_no_gate(app: Flask, redis: Redis) -> None:
    where = put(plan(10))
    shard = where.parts[0]
    attempt(redis, shard, 1, digest(1))
    (entry,) = entries(redis, shard)
    redis.flushall()
    assert settle(shard, [Outcome(entry, "failed", "blocked")]) == 0
    assert figures(where) == (None,)


def test_a_long_record_forgets_what_holds_nothing(app: Flask, redis: Redis) -> None:
    where = put(plan(100, limit=2))
    shard = where.shard_of(42)
    attempt(redis, shard, 42, digest(1))
    for number in range(2, 40):
        answer = attempt(redis, shard, 42, digest(number))
        assert answer == f"+1-{number}"
        assert release(where, 42, f"{ITEM}-0-1-{number}")
    kept = _tickets(redis, shard.held, 42)
    assert len(kept) <= 17
    assert kept[0].digest == digest(1), "what it holds stays"
    assert left(where) == [99]


def test_splits_keep_the_limit_and_share_what_is_left(app: Flask, redis: Redis) -> None:
    where = put(plan(10, limit=3, splits=4))
    assert left(where) == [3, 3, 2, 2]
    shard = where.shard_of(42)
    for number in (1, 2):
        assert attempt(redis, shard, 42, digest(number)) == f"+1-{number}"
    assert attempt(redis, shard, 46, digest(1)) == "sold_out", "its part is dry"
    assert balance(where) > 0
    assert sum(left(where)) == 8
    assert min(left(where)) == 2
    assert attempt(redis, shard, 42, digest(9), units=2) == "limit_reached"
    assert attempt(redis, shard, 46, digest(1)) == "+1-3"
    assert balance(where) == 0, "no part is dry"
    assert balance(put(plan(10))) == 0


def test_balancing_waits_for_a_whole_gate(app: Flask, redis: Redis) -> None:
    where = put(plan(10, splits=2))
    redis.delete(where.parts[0].gate)
    assert balance(where) == 0
    assert left(where) == [-1, 5]


def test_a_part_gives_no_more_than_it_has(app: Flask, redis: Redis) -> None:
    where = put(plan(3))
    (one,), gate = figures(where), where.parts[0].gate
    assert one is not None
    for epoch, units in ((one.epoch, -4), (one.epoch + 1, -1)):
        assert MOVE(redis, [gate], epoch, units) == 0
        assert left(where) == [3]
    assert MOVE(redis, [gate], one.epoch, -3) == 1
    assert left(where) == [0]


def test_dropping_forgets_the_item(app: Flask, redis: Redis) -> None:
    where = put(plan(10, splits=3))
    drop(where)
    assert redis.keys("flash:*") == []


def test_where_things_lie() -> None:
    split = GateLocation(7, 3, session_limited=False, splits=4)
    assert split.shard_of(10).gate == b"flash:{i7.2}:7:gate"
    assert GateLocation(7, 3, session_limited=True).parts[0].keys == [
        *(b"flash:{s3}:7:gate", b"flash:{s3}:7:held", b"flash:{s3}:7:stream", b"flash:{s3}:held")
    ]
    assert unpack_route(7, pack_route(split)) == split
    assert route_key(7) == b"flash:{i7}:route"
    for splits, limited in ((0, False), (65, False), (2, True)):
        with pytest.raises(ValueError, match=r"parts|one place"):
            GateLocation(7, 3, limited, splits)
    with pytest.raises(IndexError):
        split.shard(-1)


@pytest.mark.parametrize("text", ["", "1-0-1", "1-0-0-1", "1-64-1-1", "01-0-1-1", "1-0-1-1-", "a"])
def test_what_is_no_ticket(text: str) -> None:
    assert TicketId.parse(text) is None


def test_records_are_read_as_they_were_written() -> None:
    tickets = [
        HeldTicket(1, 2, digest(3), 4, "ordered", "20261122"),
        HeldTicket(2**32 - 1, 2**32 - 1, b"\xff" * 12, 9999, "failed", "售罄"),
    ]
    assert list(unpack(pack(tickets))) == tickets
    assert list(unpack(b"")) == []


def _tickets(redis: Redis, key: bytes, user_id: int) -> list[HeldTicket]:
    record = redis.hget(key, str(user_id))
    assert isinstance(record, bytes)
    return list(unpack(record))
