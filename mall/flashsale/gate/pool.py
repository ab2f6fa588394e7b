"""The connections of an event loop to the gate: one to each node, shared by all its requests.

Nobody waits in line for a node that fails: a circuit breaker refuses at once.
"""

from __future__ import annotations

import asyncio
import threading
from time import monotonic
from typing import Any

import structlog
from redis import RedisCluster, RedisError

from mall.flashsale.gate.breaker import PAUSE_S, CircuitBreaker
from mall.flashsale.gate.commands import (
    Command,
    ConnectionLost,
    ErrorReply,
    KeyMoved,
    Unavailable,
    options_of,
)
from mall.flashsale.gate.pipelined import PipelinedConnection
from mall.flashsale.gate.store import Store, cluster

_log = structlog.get_logger("mall.flashsale")


class Pool:
    """One Redis server: its address, its circuit breaker, and each event loop's connection."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options, self._breaker = options, CircuitBreaker()
        self._of_thread = threading.local()  # a thread runs one event loop

    async def ask(self, command: Command) -> Any:
        """The answer to one command. Raises Unavailable.

        A connection may have died while nobody used it; then a new one is tried once.
        """
        trial = self._breaker.enter()
        connection: PipelinedConnection | None = None
        try:
            connection = self._connection()
            try:
                answer = await connection.ask(command)
            except ConnectionLost:
                self._drop(connection)
                connection = self._connection()
                answer = await connection.ask(command)
            if trial:
                self._breaker.reset()
            return answer
        except Unavailable as fault:
            self._failed(connection, fault)
            raise
        finally:
            if trial:
                self._breaker.leave()

    def _failed(self, connection: PipelinedConnection | None, fault: Unavailable) -> None:
        if isinstance(fault, KeyMoved):
            return
        if not isinstance(fault, ErrorReply):
            self._drop(connection)
        if self._breaker.trip():
            _log.warning("the gate's redis doesn't answer", error=str(fault)[:200])

    def _connection(self) -> PipelinedConnection:
        found: PipelinedConnection | None = getattr(self._of_thread, "connection", None)
        if found is None:
            found = self._of_thread.connection = PipelinedConnection(self._options)
        return found

    def _drop(self, connection: PipelinedConnection | None) -> None:
        """Close a broken connection. Each request that waited on the connection comes by here;
        the newer connection that the first one opened stays."""
        if connection is not None:
            if getattr(self._of_thread, "connection", None) is connection:
                self._of_thread.connection = None
            connection.close()


class ClusterPool:
    """A pool for each node of a Redis Cluster. redis-py knows which node has which key."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._topology: RedisCluster | None = None
        self._known = False
        self._learned_at = 0.0
        self._pools: dict[tuple[str, int], Pool] = {}
        self._guard = threading.Lock()

    async def ask(self, command: Command) -> Any:
        """The answer of the node that has the command's key. Raises Unavailable."""
        try:
            return await (await self._pool(command.key)).ask(command)
        except KeyMoved:
            self._known = False
        except Unavailable:
            self._known = False
            raise
        return await (await self._pool(command.key)).ask(command)

    async def _pool(self, key: bytes) -> Pool:
        topology = self._topology
        if topology is None or not self._known:
            topology = await asyncio.to_thread(self._learn)
        try:
            node = topology.get_node_from_key(key)  # type: ignore[no-untyped-call]
        except RedisError as fault:
            raise Unavailable(str(fault)) from fault
        address = (str(node.host), int(node.port))
        found = self._pools.get(address)
        if found is None:
            options = {**_credentials(topology), "host": address[0], "port": address[1]}
            found = self._pools.setdefault(address, Pool(options))
        return found

    def _learn(self) -> RedisCluster:
        """Ask the cluster which node has what: one thread at a time, and not twice in a pause."""
        if not self._guard.acquire(timeout=PAUSE_S):
            raise Unavailable("the cluster is being asked")
        try:
            if self._topology is not None and monotonic() - self._learned_at < PAUSE_S:
                return self._topology
            old, self._topology = self._topology, cluster(self._url)
            self._learned_at, self._known = monotonic(), True
            if old is not None:
                old.close()
            return self._topology
        except RedisError as fault:
            raise Unavailable(str(fault)) from fault
        finally:
            self._guard.release()


def _credentials(topology: RedisCluster) -> dict[str, Any]:
    kept = topology.get_connection_kwargs()  # type: ignore[no-untyped-call]
    return {name: kept[name] for name in ("username", "password") if kept.get(name)}


def pool_for(store: Store) -> Pool | ClusterPool:
    """The connections to the gate that the configuration names; none is opened yet."""
    return ClusterPool(store.url) if store.is_cluster else pool_at(store.url)


def pool_at(url: str) -> Pool:
    """The connections to the one server that holds all keys."""
    return Pool(options_of(url))
