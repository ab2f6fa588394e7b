"""How often somebody may call a route, counted in Redis for all hosts together.

    @blp.route("/sessions", methods=["POST"])
    @access.public
    @limited("staff_login", by=address)
    @blp.arguments(...)
    ...

The limit is `limit_staff_login` of the configuration. Without Redis every request passes;
rules that must hold (the lock of an account, the single use of a code) are kept elsewhere.
"""

from __future__ import annotations

import functools
import ipaddress
import math
import time
from collections.abc import Callable
from typing import Any, cast

import structlog
from flask import Flask, current_app, request
from limits import RateLimitItem, parse
from limits.storage import RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from prometheus_client import Counter

from mall.config import current_config
from mall.kernel.errors import TooManyRequests
from mall.kernel.http.access import principal_key
from mall.kernel.http.error_codes import fails
from mall.kernel.redis import RedisClient, RedisError

REDIS_PAUSE_S = 1.0
"""After a fault Redis isn't asked for so long: one that hangs would cost each request seconds."""
REFUSED = Counter("mall_rate_limited_total", "Requests refused by a rate limit", ["limit"])
_EXTENSION = "mall.limiter"
_log = structlog.get_logger("mall.http")


class Limiter:
    """Counts in Redis in a sliding window; lets everything pass while Redis is unreachable."""

    def __init__(self, client: RedisClient) -> None:
        storage = RedisStorage("redis://", connection_pool=client.connection_pool, key_prefix="rl")
        self._strategy = SlidingWindowCounterRateLimiter(storage)
        self._pause_until = 0.0

    def wait_s(self, limit: str, *who: str) -> int:
        """Count one request of `who`: 0 when it may pass, else the seconds until one may."""
        if time.monotonic() < self._pause_until:
            return 0
        item = _parsed(limit)
        try:
            if self._strategy.hit(item, *who):
                return 0
            stats = self._strategy.get_window_stats(item, *who)
        except RedisError as fault:
            self._pause_until = time.monotonic() + REDIS_PAUSE_S
            _log.warning("rate limits without redis", error=repr(fault)[:200])
            return 0
        return min(max(1, math.ceil(stats.reset_time - time.time())), item.get_expiry())


def init_limits(app: Flask, client: RedisClient) -> None:
    """Give the app its limiter, on the app's own connections."""
    app.extensions[_EXTENSION] = Limiter(client)


def limited(
    name: str, *, by: Callable[[], str]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Limit a route by the setting `limit_NAME`. Stands right below the access rule.

    A request over the limit raises TooManyRequests with Retry-After.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            limit = str(getattr(current_config(), f"limit_{name}"))
            wait_s = _limiter().wait_s(limit, name, by()) if limit else 0
            if wait_s:
                REFUSED.labels(name).inc()
                raise TooManyRequests(headers={"Retry-After": str(wait_s)})
            return view(*args, **kwargs)

        return fails(TooManyRequests.code)(wrapper)

    return decorate


def address() -> str:
    """The client's network, behind the load balancers: an IPv4 address, or the /64 of an IPv6."""
    try:
        found = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def principal() -> str:
    """Who is logged in."""
    return principal_key()


def _limiter() -> Limiter:
    return cast(Limiter, current_app.extensions[_EXTENSION])


@functools.lru_cache(maxsize=64)
def _parsed(limit: str) -> RateLimitItem:
    return parse(limit)
