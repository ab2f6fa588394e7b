"""Gates written from a description: whole, at once, never over a newer one, small."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import Flask
from redis import Redis

from mall.flashsale.gate import (
    GateLocation,
    HeldTicket,
    Outcome,
    figures,
    load,
    release,
    settle,
    unpack,
)
from mall.flashsale.gate.scripts import ADMIT
from mall.kernel.db import db
from tests.flashsale.gates import ITEM, digest, entries, plan, put
from tests.flashsale.model import attempt

BYTES_PER_TICKET = 200


def test_what_shoppers_hold_is_known_again(app: Flask, redis: Redis) -> None:
    held = {
        42: [HeldTicket(1, 1, digest(1), 2, "ordered", "20261122")],
        43: [HeldTicket(1, 2, digest(2), 1, "queued")],
        44: [HeldTicket(1, 3, digest(3), 2, "failed", "blocked")],
    }
    where = put(plan(5, epoch=2), lambda _: held.items())
    shard = where.parts[0]
    (now,) = figures(where)
    assert now is not None
    assert (now.epoch, now.left, now.queued, now.seq) == (2, 5, 1, 0)
    assert attempt(redis, shard, 42, digest(9)) == "limit_reached"
    assert attempt(redis, shard, 42, digest(1)) == "=1-1", "the ticket of an older epoch"
    assert attempt(redis, shard, 43, digest(9), units=2) == "limit_reached"
    assert attempt(redis, shard, 44, digest(9), units=2) == "+2-1", "what failed holds nothing"
    assert release(where, 42, f"{ITEM}-0-1-1") is True


def test_an_older_description_changes_nothing(app: Flask, redis: Redis) -> None:
    where = put(plan(5, epoch=3))
    attempt(redis, where.parts[0], 42, digest(1))
    before = figures(where)
    assert load(db.session(), plan(99, epoch=2)) is False
    assert figures(where) == before
    assert load(db.session(), plan(99, epoch=3)) is True, "the same again is no harm"
    assert attempt(redis, where.parts[0], 42, digest(1)) == "+3-1"


def test_a_gate_of_another_server_gives_way_to_any(app: Flask, redis: Redis) -> None:
    where = put(plan(5, epoch=3))
    redis.hset(where.parts[0].gate, "run", "0" * 40)
    assert load(db.session(), plan(7, epoch=2)) is True
    (now,) = figures(where)
    assert now is not None
    assert (now.epoch, now.left, now.current) == (2, 7, True)


def test_the_stream_stays(app: Flask, redis: Redis) -> None:
    where = put(plan(5))
    attempt(redis, where.parts[0], 42, digest(1))
    (waiting,) = entries(redis, where.parts[0])
    held = [(42, [HeldTicket(1, 1, digest(1), 1, "queued")])]
    put(plan(4, epoch=2), lambda _: held)
    assert entries(redis, where.parts[0]) == [waiting]
    assert settle(where.parts[0], [Outcome(waiting, "failed", "blocked")]) == 1
    (now,) = figures(where)
    assert now is not None
    assert (now.left, now.queued) == (5, 0)


def test_a_session_limit_is_summed_up_from_its_items(app: Flask, redis: Redis) -> None:
    held = [(42, [HeldTicket(1, 1, digest(1), 1, "ordered", "1")])]
    sale = plan(5, session_limit=2, items=(ITEM, ITEM + 1), epoch=2)
    first = put(sale, lambda _: held)
    assert redis.hgetall(b"flash:{s5}:held") == {b"42": b"2"}
    assert attempt(redis, first.parts[0], 42, digest(9)) == "limit_reached"
    assert attempt(redis, first.parts[0], 43, digest(9)) == "+2-1"
    put(plan(5, session_limit=2, items=(ITEM,), epoch=3))
    assert not redis.exists("flash:{s5}:held")


def test_nothing_stays_for_ever(app: Flask, redis: Redis) -> None:
    put(plan(5, splits=2), lambda _: [(42, [HeldTicket(1, 1, digest(1), 1, "queued")])])
    kept: list[bytes] = redis.keys("flash:*")  # type: ignore[assignment]
    assert len(kept) == 2 * 2 + 1 + 1  # gates, streams, one record, where it lies
    for key in kept:
        assert 86_400_000 < redis.pttl(key) < 2 * 86_400_000, key
    assert load(db.session(), plan(items=())) is True


def crowd(number: int) -> Iterator[tuple[int, Sequence[HeldTicket]]]:
    for user_id in range(10_000_000, 10_000_000 + number):
        yield user_id, [HeldTicket(1, user_id - 9_999_999, digest(user_id), 1, "queued")]


def test_many_shoppers_are_written_in_chunks(app: Flask, redis: Redis) -> None:
    where = put(plan(5, epoch=2, splits=2), lambda _: crowd(25_000))
    assert [redis.hlen(shard.held) for shard in where.parts] == [12_500, 12_500]
    assert [one.queued if one else 0 for one in figures(where)] == [12_500, 12_500]
    record = redis.hget(where.shard_of(10_000_007).held, "10000007")
    assert isinstance(record, bytes)
    assert next(unpack(record)).seq == 8


def test_an_admitted_ticket_is_small(app: Flask, redis: Redis) -> None:
    """Record and stream entry together, as the server itself counts its memory."""
    where = put(plan(1_000_000))
    before = redis.info("memory")["used_memory"]
    _admit(redis, where, 50_000)
    grown = redis.info("memory")["used_memory"] - before
    assert grown / 50_000 <= BYTES_PER_TICKET, grown / 50_000
    shard = where.parts[0]
    keys = sum(int(redis.memory_usage(key, samples=0) or 0) for key in (shard.held, shard.stream))
    assert keys / 50_000 <= BYTES_PER_TICKET, keys / 50_000


def _admit(redis: Redis, where: GateLocation, number: int) -> None:
    shard = where.parts[0]
    redis.script_load(ADMIT.text)
    for first in range(0, number, 5_000):
        with redis.pipeline(transaction=False) as pipe:
            for n in range(first, first + 5_000):
                args = (10_000_000 + n, digest(n), 1, 20_000_000 + n, 0, 5)
                pipe.evalsha(ADMIT.sha, len(shard.keys), *shard.keys, *args)
            assert all(said.startswith(b"+") for said in pipe.execute())
