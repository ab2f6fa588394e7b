"""The access token of the mini-program API: one for all processes, fetched by one.

Redis shares it and holds the lock under which it is fetched. With Redis down every
process falls back to a short cache of its own: the stable-token call gives each of them
the same token, so that costs a few calls and invalidates nobody's.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import redis
import structlog

from mall.wechat.errors import WechatUnavailable

SAFETY_S = 300
SHORTEST_S = 60
LOCAL_S = 60
_POLL_S = 0.05
log = structlog.get_logger("mall.wechat")

# Deletes KEYS[1] only while it still holds ARGV[1].
_DROP_IF = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


@dataclass(frozen=True)
class FetchedToken:
    token: str
    expires_in_s: int


class TokenSource:
    """Gives the current token; safe to share between threads and processes."""

    def __init__(
        self,
        *,
        appid: str,
        fetch: Callable[[], FetchedToken],
        client: redis.Redis,
        fetch_limit_s: float,
    ) -> None:
        """`fetch` asks WeChat and takes at most `fetch_limit_s`; it raises WechatUnavailable.

        `fetch_limit_s` sets how long the lock lives and how long others wait for it.
        """
        self._fetch = fetch
        self._redis = client
        self._fetch_limit_s = fetch_limit_s
        # One hash tag, so that both stay on one node of a cluster.
        self._key = f"mall:wechat:{{{appid}}}:token"
        self._lock_key = f"mall:wechat:{{{appid}}}:token-lock"
        self._local_lock = threading.Lock()
        self._local: tuple[str, float] | None = None

    def get(self) -> str:
        """A token that WeChat promised to honour for a while yet.

        Raises WechatUnavailable when there is none and none can be had.
        """
        try:
            return self._shared()
        except redis.RedisError as fault:
            return self._own(fault)

    def replace(self, bad: str) -> str:
        """A token in place of `bad`, which WeChat refused.

        Somebody else may have replaced it meanwhile; then theirs is returned.
        """
        with self._local_lock:
            if self._local is not None and self._local[0] == bad:
                self._local = None
        with suppress(redis.RedisError):
            self._redis.eval(_DROP_IF, 1, self._key, bad)
        return self.get()

    def _shared(self) -> str:
        deadline = time.monotonic() + self._fetch_limit_s
        while True:
            token = self._cached() or self._fetch_alone()
            if token is not None:
                return token
            if time.monotonic() > deadline:
                raise WechatUnavailable("no access token: another process is still fetching it")
            time.sleep(_POLL_S)

    def _cached(self) -> str | None:
        value = self._redis.get(self._key)
        return value.decode() if isinstance(value, bytes) else value

    def _fetch_alone(self) -> str | None:
        """Fetch and share the token, or None while another one does."""
        owner = secrets.token_hex(8)
        life_ms = int((self._fetch_limit_s + 5) * 1000)
        if not self._redis.set(self._lock_key, owner, nx=True, px=life_ms):
            return None
        try:
            # It may have been stored between our look and our lock.
            return self._cached() or self._fetch_and_share()
        finally:
            self._release(owner)

    def _fetch_and_share(self) -> str:
        fetched = self._fetch()
        life_s = max(fetched.expires_in_s - SAFETY_S, SHORTEST_S)
        # Not shared, it is good all the same; the next caller fetches again.
        with suppress(redis.RedisError):
            self._redis.set(self._key, fetched.token, ex=life_s)
        return fetched.token

    def _release(self, owner: str) -> None:
        # A lock that can't be released runs out by itself.
        with suppress(redis.RedisError):
            self._redis.eval(_DROP_IF, 1, self._lock_key, owner)

    def _own(self, fault: redis.RedisError) -> str:
        """This process's token, while Redis can't be asked."""
        with self._local_lock:
            if self._local is None or self._local[1] < time.monotonic():
                log.warning("access token isn't shared: no Redis", error=repr(fault)[:200])
                fetched = self._fetch()
                life_s = min(max(fetched.expires_in_s - SAFETY_S, SHORTEST_S), LOCAL_S)
                self._local = (fetched.token, time.monotonic() + life_s)
            return self._local[0]
