"""A cache of ready answers: bytes in Redis, a moment of them in the process.

An entry belongs to a version; `bump` makes every older one worthless at once. So a change
is seen by every process within `local_ms`, the life of the process's own copy. One caller
loads what is missing: a lock in the process and a lock in Redis hold the others back until
the answer is there. Without Redis each process loads for itself, straight from the truth,
still one load a key at a time.

The version is a random word, not a counter: a Redis that lost it, or came back from an
old snapshot, can't return to a number that old entries carry.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic, sleep
from typing import cast

import structlog

from mall.kernel.redis import RedisClient, RedisError, redis_client

LOCK_MS = 5_000
WAIT_S = 2.0
POLL_S = 0.015
REDIS_PAUSE_S = 1.0
_WORD = 16
_RELEASE = "if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('del',KEYS[1]) end"
_log = structlog.get_logger("mall.cache")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a loader gives: the answer, and how long it stays true if that is known."""

    body: bytes
    true_for_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A ready answer and its entity tag (quoted, as HTTP wants it)."""

    body: bytes
    etag: str


class VersionedCache:
    """The answers of one part of the shop, all made worthless together."""

    def __init__(
        self,
        name: str,
        *,
        ttl_ms: int = 60_000,
        local_ms: int = 400,
        local_bytes: int = 8_000_000,
    ) -> None:
        # One hash tag: the version and an entry are read in one MGET, in a cluster too.
        self._prefix = f"mall:cache:{{{name}}}:"
        self._version_key = f"{self._prefix}version"
        self._ttl_ms, self._local_ms, self._local_limit = ttl_ms, local_ms, local_bytes
        self._local: dict[str, tuple[float, Entry]] = {}
        self._local_size = 0
        self._guard = threading.Lock()
        self._flights: dict[str, _Flight] = {}
        self._redis_pause_until = 0.0

    def local(self, key: str) -> Entry | None:
        """The process's own copy, while it is fresh. Nothing is asked of Redis."""
        found = self._local.get(key)
        return found[1] if found is not None and found[0] > monotonic() else None

    def get(self, key: str, load: Callable[[], Loaded]) -> Entry:
        """The answer under `key`, loaded when there is none. What `load` raises is raised."""
        entry = self.local(key)
        if entry is not None:
            return entry
        with self._alone(key):
            entry = self.local(key)
            if entry is None:
                started = monotonic()
                entry = self._shared(key, load)
                self._remember(key, entry, started + self._local_ms / 1000)
        return entry

    def bump(self) -> None:
        """Make every entry worthless. Raises RedisError when Redis can't be told."""
        self.forget_local()
        redis_client().set(self._version_key, _word())

    def forget_local(self) -> None:
        """Drop the process's own copies."""
        with self._guard:
            self._local.clear()
            self._local_size = 0

    def _shared(self, key: str, load: Callable[[], Loaded]) -> Entry:
        if monotonic() < self._redis_pause_until:
            return _entry(load().body)
        try:
            client = redis_client()
            _, entry = self._read(client, key)
            lock = None if entry else self._wait_for_lock(client, key)
        except RedisError as fault:
            return self._without_redis(fault, load)
        if entry is not None:
            return entry
        if isinstance(lock, Entry):
            return lock
        return self._load_and_store(client, key, lock, load)

    def _wait_for_lock(self, client: RedisClient, key: str) -> str | Entry | None:
        """The lock's token; the entry, if another process brought it; None: waited enough."""
        token, deadline = _word(), monotonic() + WAIT_S
        while not client.set(self._lock_key(key), token, nx=True, px=LOCK_MS):
            if monotonic() > deadline:
                return None
            sleep(POLL_S)
            _, entry = self._read(client, key)
            if entry is not None:
                return entry
        return token

    def _load_and_store(
        self, client: RedisClient, key: str, token: str | None, load: Callable[[], Loaded]
    ) -> Entry:
        entry: Entry | None = None
        try:
            # The version before the load: a change during it makes the entry worthless.
            version, entry = self._read(client, key)
            if entry is None:
                loaded = load()
                entry = _entry(loaded.body)
                self._write(client, key, version, loaded, entry)
            return entry
        except RedisError as fault:
            return entry or self._without_redis(fault, load)
        finally:
            if token is not None:
                self._release(client, key, token)

    def _read(self, client: RedisClient, key: str) -> tuple[bytes, Entry | None]:
        got = cast("list[bytes | None]", client.mget(self._version_key, self._prefix + key))
        version, kept = got
        if version is None:
            client.set(self._version_key, _word(), nx=True)
            version = cast("bytes | None", client.get(self._version_key)) or b""
        if kept is None or kept[:_WORD] != version:
            return version, None
        return version, Entry(kept[2 * _WORD :], _quoted(kept[_WORD : 2 * _WORD].decode()))

    def _write(
        self, client: RedisClient, key: str, version: bytes, loaded: Loaded, entry: Entry
    ) -> None:
        keep_ms = self._ttl_ms
        if loaded.true_for_ms is not None:
            keep_ms = min(keep_ms, max(loaded.true_for_ms, 1))
        if len(version) == _WORD:
            value = version + entry.etag.strip('"').encode() + entry.body
            client.set(self._prefix + key, value, px=keep_ms)

    def _release(self, client: RedisClient, key: str, token: str) -> None:
        try:
            client.eval(_RELEASE, 1, self._lock_key(key), token)
        except RedisError:
            _log.warning("cache lock left to expire", key=key)

    def _without_redis(self, fault: RedisError, load: Callable[[], Loaded]) -> Entry:
        """Go on without Redis, and leave it alone for a moment: a hung one costs seconds."""
        _log.warning("cache without redis", error=repr(fault)[:200])
        self._redis_pause_until = monotonic() + REDIS_PAUSE_S
        return _entry(load().body)

    def _lock_key(self, key: str) -> str:
        return f"{self._prefix}lock:{key}"

    def _remember(self, key: str, entry: Entry, until: float) -> None:
        size = len(entry.body)
        with self._guard:
            old = self._local.pop(key, None)
            self._local_size += size - (len(old[1].body) if old else 0)
            self._local[key] = (until, entry)
            while self._local_size > self._local_limit:  # the oldest first; a dict keeps order
                _, dropped = self._local.pop(next(iter(self._local)))
                self._local_size -= len(dropped.body)

    @contextmanager
    def _alone(self, key: str) -> Iterator[None]:
        """One thread of this process at a time for a key."""
        with self._guard:
            flight = self._flights.setdefault(key, _Flight())
            flight.waiting += 1
        try:
            with flight.lock:
                yield
        finally:
            with self._guard:
                flight.waiting -= 1
                if not flight.waiting:
                    self._flights.pop(key, None)


class _Flight:
    """The lock of one key and how many want it."""

    __slots__ = ("lock", "waiting")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.waiting = 0


def _word() -> str:
    return secrets.token_hex(_WORD // 2)


def _entry(body: bytes) -> Entry:
    return Entry(body, _quoted(hashlib.sha256(body).hexdigest()[:_WORD]))


def _quoted(tag: str) -> str:
    return f'"{tag}"'
