"""The Redis of the gate: a server, or a cluster.

A tier of its own may be named by MALL_FLASH_REDIS_URL; `redis-cluster://host:port[,host:port]`
is a Redis Cluster. Nothing connects before the first command.
"""

from __future__ import annotations

import threading
from typing import Any, TypeAlias, cast
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app
from redis import Redis, RedisCluster
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode
from redis.retry import Retry

from mall.config import Config
from mall.kernel.redis import connect

GateClient: TypeAlias = Redis | RedisCluster
CLUSTER_SCHEME = "redis-cluster"
_EXTENSION = "mall.flash_store"


class Store:
    """One client for all of a process's work at the gate except purchase attempts and polls."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client: GateClient | None = None
        self._guard = threading.Lock()

    @property
    def is_cluster(self) -> bool:
        return self.url.startswith(CLUSTER_SCHEME + "://")

    @property
    def client(self) -> GateClient:
        """Raises RedisError when a cluster can't be met."""
        with self._guard:
            if self._client is None:
                self._client = cluster(self.url) if self.is_cluster else connect(self.url)
            return self._client

    def close(self) -> None:
        with self._guard:
            if self._client is not None:
                self._client.close()
            self._client = None


def cluster(url: str, **limits: Any) -> RedisCluster:
    """A client of the cluster at `url`. Raises RedisError when no node answers.

    `limits` replace the usual time-outs and retries.
    """
    parts = urlsplit(url)
    _, _, hosts = parts.netloc.rpartition("@")
    nodes = []
    for host in hosts.split(","):
        name, _, port = host.rpartition(":")
        node = ClusterNode(name or host, int(port) if name else 6379)  # type: ignore[no-untyped-call]
        nodes.append(node)
    return RedisCluster(
        startup_nodes=nodes,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        **{
            "socket_timeout": 1.0,
            "socket_connect_timeout": 1.0,
            "retry": Retry(NoBackoff(), 1),
            **limits,
        },
    )


def run_id(client: GateClient, key: bytes) -> str:
    """Which server holds `key` now: another one after a restart, a restore or a failover."""
    if isinstance(client, RedisCluster):
        node = client.get_node_from_key(key)  # type: ignore[no-untyped-call]
        return str(client.info("server", target_nodes=node)["run_id"])
    return str(client.info("server")["run_id"])


def init_store(app: Flask, config: Config) -> Store:
    store = Store(config.flash_redis_url or config.redis_url)
    app.extensions[_EXTENSION] = store
    return store


def gate_store() -> Store:
    """The running app's."""
    return cast(Store, current_app.extensions[_EXTENSION])


def gate_client() -> GateClient:
    """The running app's client of the gate."""
    return gate_store().client
