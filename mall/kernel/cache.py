"""A cache of response bodies: in Redis, and for a moment in the process itself.

Every entry carries the version under which it was loaded. `invalidate` sets a new version, so
all older entries are void. Each process sees a change within `local_ms`, the life of its own
copy. When an entry is missing, one caller loads it: a lock in the process and a lock in Redis
make the others wait for the result. Without Redis each process loads for itself, one load of
a key at a time.

The version is a random token, not a counter: a Redis that lost its data, or was restored from
an old snapshot, can't return to a version that old entries carry.
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
_TOKEN_LENGTH = 16
_RELEASE = "if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('del',KEYS[1]) end"
_log = structlog.get_logger("mall.cache")


@dataclass(frozen=True, slots=True)
class LoadedBody:
    """What a loader returns: the body, and for how long it is valid if that is known."""

    body: bytes
    valid_ms: int | None = None


@dataclass(frozen=True, slots=True)
class CachedBody:
    """A response body and its entity tag (in quotes, as in the ETag header)."""

    body: bytes
    etag: str


class VersionedCache:
    """The cached bodies of one part of the shop. They are invalidated together."""

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
        self._ttl_ms, self.local_ms, self._local_limit = ttl_ms, local_ms, local_bytes
        self._local: dict[str, tuple[float, CachedBody]] = {}
        self._local_size = 0
        self._guard = threading.Lock()
        self._key_locks: dict[str, _KeyLock] = {}
        self.redis_pause_until = 0.0

    def local(self, key: str) -> CachedBody | None:
        """The process's own copy, while it is fresh. Doesn't ask Redis."""
        found = self._local.get(key)
        return found[1] if found is not None and found[0] > monotonic() else None

    def get(self, key: str, load: Callable[[], LoadedBody]) -> CachedBody:
        """The body under `key`; `load` is called when there is none, and its errors are raised."""
        entry = self.local(key)
        if entry is not None:
            return entry
        with self._single_flight(key):
            entry = self.local(key)
            if entry is None:
                started = monotonic()
                entry = self._from_redis(key, load)
                self._keep_local(key, entry, started + self.local_ms / 1000)
        return entry

    def invalidate(self) -> None:
        """Make every entry void. Raises RedisError when Redis can't be reached."""
        self.clear_local()
        redis_client().set(self._version_key, _random_token())

    def clear_local(self) -> None:
        """Drop the process's own copies."""
        with self._guard:
            self._local.clear()
            self._local_size = 0

    def _from_redis(self, key: str, load: Callable[[], LoadedBody]) -> CachedBody:
        if monotonic() < self.redis_pause_until:
            return cached_body(load().body)
        try:
            client = redis_client()
            _, entry = self._read(client, key)
            lock = None if entry else self._wait_for_lock(client, key)
        except RedisError as fault:
            return self._without_redis(fault, load)
        if entry is not None:
            return entry
        if isinstance(lock, CachedBody):
            return lock
        return self._load_and_store(client, key, lock, load)

    def _wait_for_lock(self, client: RedisClient, key: str) -> str | CachedBody | None:
        """The lock's token, or the entry that another process loaded meanwhile.

        None after `WAIT_S`: the caller then loads without the lock.
        """
        token, deadline = _random_token(), monotonic() + WAIT_S
        while not client.set(self._lock_key(key), token, nx=True, px=LOCK_MS):
            if monotonic() > deadline:
                return None
            sleep(POLL_S)
            _, entry = self._read(client, key)
            if entry is not None:
                return entry
        return token

    def _load_and_store(
        self, client: RedisClient, key: str, token: str | None, load: Callable[[], LoadedBody]
    ) -> CachedBody:
        entry: CachedBody | None = None
        try:
            # The version from before the load: a change during the load makes the entry void.
            version, entry = self._read(client, key)
            if entry is None:
                loaded = load()
                entry = cached_body(loaded.body)
                self._write(client, key, version, loaded, entry)
            return entry
        except RedisError as fault:
            return entry or self._without_redis(fault, load)
        finally:
            if token is not None:
                self._release(client, key, token)

    def _read(self, client: RedisClient, key: str) -> tuple[bytes, CachedBody | None]:
        got = cast("list[bytes | None]", client.mget(self._version_key, self._prefix + key))
        version, kept = got
        if version is None:
            client.set(self._version_key, _random_token(), nx=True)
            version = cast("bytes | None", client.get(self._version_key)) or b""
        if kept is None or kept[:_TOKEN_LENGTH] != version:
            return version, None
        return version, CachedBody(
            kept[2 * _TOKEN_LENGTH :], _quoted(kept[_TOKEN_LENGTH : 2 * _TOKEN_LENGTH].decode())
        )

    def _write(
        self, client: RedisClient, key: str, version: bytes, loaded: LoadedBody, entry: CachedBody
    ) -> None:
        keep_ms = self._ttl_ms
        if loaded.valid_ms is not None:
            keep_ms = min(keep_ms, max(loaded.valid_ms, 1))
        if len(version) == _TOKEN_LENGTH:
            value = version + entry.etag.strip('"').encode() + entry.body
            client.set(self._prefix + key, value, px=keep_ms)

    def _release(self, client: RedisClient, key: str, token: str) -> None:
        try:
            client.eval(_RELEASE, 1, self._lock_key(key), token)
        except RedisError:
            _log.warning("cache lock left to expire", key=key)

    def _without_redis(self, fault: RedisError, load: Callable[[], LoadedBody]) -> CachedBody:
        """Load without Redis, and don't ask Redis for a moment: one that hangs costs seconds."""
        _log.warning("cache without redis", error=repr(fault)[:200])
        self.redis_pause_until = monotonic() + REDIS_PAUSE_S
        return cached_body(load().body)

    def _lock_key(self, key: str) -> str:
        return f"{self._prefix}lock:{key}"

    def _keep_local(self, key: str, entry: CachedBody, until: float) -> None:
        size = len(entry.body)
        with self._guard:
            old = self._local.pop(key, None)
            self._local_size += size - (len(old[1].body) if old else 0)
            self._local[key] = (until, entry)
            while self._local_size > self._local_limit:  # the oldest first; a dict keeps order
                _, dropped = self._local.pop(next(iter(self._local)))
                self._local_size -= len(dropped.body)

    @contextmanager
    def _single_flight(self, key: str) -> Iterator[None]:
        """Let one thread of this process at a time load a key."""
        with self._guard:
            key_lock = self._key_locks.setdefault(key, _KeyLock())
            key_lock.waiting += 1
        try:
            with key_lock.lock:
                yield
        finally:
            with self._guard:
                key_lock.waiting -= 1
                if not key_lock.waiting:
                    self._key_locks.pop(key, None)


class _KeyLock:
    """The lock of one key, and how many threads hold it or wait for it."""

    __slots__ = ("lock", "waiting")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.waiting = 0


def _random_token() -> str:
    return secrets.token_hex(_TOKEN_LENGTH // 2)


def cached_body(body: bytes) -> CachedBody:
    """A body with its entity tag, a hash of it."""
    return CachedBody(body, _quoted(hashlib.sha256(body).hexdigest()[:_TOKEN_LENGTH]))


def _quoted(tag: str) -> str:
    return f'"{tag}"'
