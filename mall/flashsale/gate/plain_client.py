"""How Flask's own route speaks to the gate: redis-py's client behind a circuit breaker."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import redis
import structlog
from redis import RedisCluster, RedisError
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, ResponseError
from redis.retry import Retry

from mall.flashsale.gate.breaker import CircuitBreaker
from mall.flashsale.gate.commands import (
    TIMEOUT_S,
    Command,
    ConnectionLost,
    ErrorReply,
    Unavailable,
)
from mall.flashsale.gate.store import GateClient, Store, cluster

_log = structlog.get_logger("mall.flashsale")


class PlainClient:
    """A client for threads. Nothing connects before the first command."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._client: GateClient | None = None
        self._guard = threading.Lock()
        self._breakers: dict[str, CircuitBreaker] = {}

    def ask(self, command: Command) -> Any:
        """The answer to one command. Raises Unavailable, after `TIMEOUT_S` at the most while
        the node answers nothing, and at once while its circuit breaker is open."""
        breaker = self._breaker("")
        client = self._client or _guarded(breaker, self._open)
        if isinstance(client, RedisCluster):
            breaker = self._breaker(_node_of(client, command.key))
        return _guarded(breaker, lambda: _ask(client, command))

    def _breaker(self, node: str) -> CircuitBreaker:
        return self._breakers.get(node) or self._breakers.setdefault(node, CircuitBreaker())

    def _open(self) -> GateClient:
        if not self._guard.acquire(timeout=TIMEOUT_S):
            raise Unavailable("the cluster is being asked")
        try:
            if self._client is None:
                self._client = _connected(self._store)
            return self._client
        except RedisError as fault:
            raise Unavailable(str(fault)) from fault
        finally:
            self._guard.release()


def _connected(store: Store) -> GateClient:
    """Without retries: `_ask` tries a connection that was lost once more, and nothing else."""
    limits: dict[str, Any] = {
        "socket_timeout": TIMEOUT_S,
        "socket_connect_timeout": TIMEOUT_S,
        "retry": Retry(NoBackoff(), 0),
    }
    if store.is_cluster:
        return cluster(store.url, **limits)
    return redis.Redis.from_url(store.url, **limits)


def _node_of(client: RedisCluster, key: bytes) -> str:
    try:
        return str(client.get_node_from_key(key).name)  # type: ignore[no-untyped-call]
    except (RedisError, AttributeError) as fault:
        raise Unavailable(f"no node has the key: {fault}") from fault


def _guarded(breaker: CircuitBreaker, call: Callable[[], Any]) -> Any:
    trial = breaker.enter()
    try:
        answer = call()
        if trial:
            breaker.reset()
        return answer
    except Unavailable as fault:
        if breaker.trip():
            _log.warning("the gate's redis doesn't answer", error=str(fault)[:200])
        raise
    finally:
        if trial:
            breaker.leave()


def _ask(client: GateClient, command: Command) -> Any:
    try:
        return _once(client, command)
    except ConnectionLost:  # a connection of the pool may have died while nobody used it
        return _once(client, command)


def _once(client: GateClient, command: Command) -> Any:
    execute: Callable[..., Any] = client.execute_command
    try:
        try:
            return execute(*command.args)
        except NoScriptError:
            return execute(*command.with_script_text().args)
    except ResponseError as fault:
        raise ErrorReply(str(fault)) from fault
    except redis.ConnectionError as fault:
        raise ConnectionLost(str(fault)) from fault
    except (RedisError, OSError) as fault:
        raise Unavailable(str(fault)) from fault
