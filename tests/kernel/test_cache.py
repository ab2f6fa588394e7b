"""The cache of response bodies, with two objects of one name standing for two processes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace

import pytest
from flask import Flask
from redis import Redis

from mall.kernel import cache as cache_module
from mall.kernel import redis as redis_module
from mall.kernel.cache import LoadedBody, VersionedCache
from mall.kernel.redis import RedisError, connect

LOCAL_MS = 300


@pytest.fixture
def here(app: Flask) -> VersionedCache:
    return VersionedCache("test", local_ms=LOCAL_MS)


@pytest.fixture
def there(app: Flask) -> VersionedCache:
    return VersionedCache("test", local_ms=LOCAL_MS)


class Source:
    """Counts how often the truth is asked, slowly."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds, self.loads, self.value = seconds, 0, b"one"
        self.guard = threading.Lock()

    def __call__(self) -> LoadedBody:
        with self.guard:
            self.loads += 1
        value = self.value
        time.sleep(self.seconds)
        return LoadedBody(value)


def at_once(app: Flask, count: int, work: Callable[[int], bytes]) -> list[bytes]:
    """`work(0)` … `work(count - 1)`, each in a thread, all let go together."""
    gate = threading.Barrier(count)

    def run(number: int) -> bytes:
        with app.app_context():
            gate.wait(10)
            return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_thirty_callers_cause_one_load(
    app: Flask, here: VersionedCache, there: VersionedCache
) -> None:
    source = Source(0.3)
    processes = (here, there)
    answers = at_once(app, 30, lambda n: processes[n % 2].get("key", source).body)
    assert answers == [b"one"] * 30
    assert source.loads == 1


def test_control_without_the_lock_there_would_be_many(
    app: Flask, here: VersionedCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same thirty callers with both locks off."""
    source = Source(0.3)
    monkeypatch.setattr(VersionedCache, "_wait_for_lock", lambda *_: None)
    monkeypatch.setattr(VersionedCache, "_single_flight", lambda *_: nullcontext())
    at_once(app, 30, lambda _: here.get("key", source).body)
    assert source.loads > 5


def test_a_change_is_seen_everywhere_within_a_moment(
    here: VersionedCache, there: VersionedCache
) -> None:
    source = Source()
    assert here.get("key", source).body == there.get("key", source).body == b"one"
    source.value = b"two"
    here.invalidate()
    assert here.get("key", source).body == b"two"
    time.sleep(LOCAL_MS / 1000)
    assert there.get("key", source).body == b"two"
    assert source.loads == 2


def test_a_load_that_a_change_overtakes_is_not_kept(
    here: VersionedCache, there: VersionedCache
) -> None:
    def slow() -> LoadedBody:
        there.invalidate()
        return LoadedBody(b"old")

    assert here.get("key", slow).body == b"old"
    here.clear_local()
    assert here.get("key", Source()).body == b"one"


def test_a_lost_version_voids_old_entries(here: VersionedCache, redis: Redis) -> None:
    source = Source()
    here.get("key", source)
    redis.delete("mall:cache:{test}:version")
    here.clear_local()
    here.get("key", source)
    assert source.loads == 2


def test_an_answer_ends_when_it_stops_being_true(here: VersionedCache) -> None:
    source = Source()
    here.get("key", lambda: replace(source(), valid_ms=50))
    time.sleep(0.06)
    here.clear_local()
    here.get("key", source)
    assert source.loads == 2


def test_a_loaders_error_is_raised_and_nothing_is_kept(here: VersionedCache) -> None:
    def broken() -> LoadedBody:
        raise LookupError("not there")

    with pytest.raises(LookupError):
        here.get("key", broken)
    assert here.get("key", Source()).body == b"one"


def test_without_redis_the_truth_is_asked_once_a_moment(
    app: Flask, here: VersionedCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, redis_module.EXTENSION, connect("redis://127.0.0.1:1/0"))
    source = Source(0.1)
    assert at_once(app, 20, lambda _: here.get("key", source).body) == [b"one"] * 20
    assert source.loads == 1
    with pytest.raises(RedisError):
        here.invalidate()


def test_a_dead_holder_of_the_lock_is_not_waited_for_long(
    here: VersionedCache, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_module, "WAIT_S", 0.2)
    redis.set("mall:cache:{test}:lock:key", "somebody")
    started = time.monotonic()
    assert here.get("key", Source()).body == b"one"
    assert time.monotonic() - started < 1, "the lock would never have ended"
    assert redis.get("mall:cache:{test}:lock:key") == b"somebody"


def test_the_process_keeps_a_bounded_amount(app: Flask) -> None:
    small = VersionedCache("small", local_bytes=1_000)
    for number in range(20):
        small.get(f"key{number}", lambda: LoadedBody(b"x" * 300))
    kept = [n for n in range(20) if small.local(f"key{n}") is not None]
    assert kept == [17, 18, 19]
