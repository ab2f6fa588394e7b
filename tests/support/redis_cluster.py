"""A Redis Cluster of redis-server processes on loopback: three masters, a replica each."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis import Redis, RedisError

from mall.runtime.redis_server import find_program
from tests.support.parallel import free_port

SLOTS = 16_384
FIRST_EPHEMERAL = 32_768
BUS = 10_000
"""A node's bus listens so far above its port."""


@dataclass
class Node:
    """One redis-server of the cluster."""

    port: int
    process: subprocess.Popen[bytes]
    client: Any

    def call(self, *words: Any) -> Any:
        return self.client.execute_command(*words)

    @property
    def id(self) -> str:
        return str(self.call("CLUSTER", "MYID"), "ascii")


@dataclass
class Cluster:
    """`masters` as they were made; after a failover another node is one."""

    directory: Path
    masters: list[Node] = field(default_factory=list)
    replicas: list[Node] = field(default_factory=list)

    @property
    def url(self) -> str:
        return "redis-cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in self.masters)

    def start(self, masters: int = 3) -> None:
        """Servers, their slots, their replicas; returns when every slot is served."""
        nodes = [self._launch() for _ in range(2 * masters)]
        self.masters, self.replicas = nodes[:masters], nodes[masters:]
        for node in nodes:
            _until(lambda node=node: bool(node.client.ping()))  # type: ignore[misc]
        for number, node in enumerate(self.masters):
            first, after = SLOTS * number // masters, SLOTS * (number + 1) // masters
            node.call("CLUSTER", "ADDSLOTS", *range(first, after))
        _until(lambda: _have_met(nodes))
        for master, replica in zip(self.masters, self.replicas, strict=True):
            _until(lambda r=replica, m=master: _replicates(r, m))  # type: ignore[misc]
        _until(lambda: all(_info(node)["cluster_state"] == "ok" for node in nodes))
        _until(lambda: all(_is_linked(node) for node in nodes))

    def home_of(self, key: bytes) -> Node:
        """The master that holds a key now."""
        slot = int(self._living.call("CLUSTER", "KEYSLOT", key))
        for first, last, home, *_ in self._living.call("CLUSTER", "SLOTS"):
            if first <= slot <= last:
                return next(node for node in self._nodes if node.port == home[1])
        raise LookupError(key)

    def replicas_of(self, master: Node) -> list[Node]:
        """Who would take its place."""
        living = [node for node in self._nodes if node.process.poll() is None]
        return [
            node
            for node in living
            if node.client.info("replication").get("master_port") == master.port
        ]

    def kill(self, node: Node) -> None:
        """kill -9."""
        node.process.kill()
        node.process.wait(10)

    def heal(self) -> None:
        """Start who was killed; returns when each slot has a master and each master a replica."""
        for node in self._nodes:
            if node.process.poll() is not None:
                self.start_again(node)
        _until(lambda: all(_info(node)["cluster_state"] == "ok" for node in self._nodes))
        _until(lambda: all(self.replicas_of(master) for master in self._serving()))
        _until(lambda: all(_is_linked(node) for node in self._nodes))

    def empty(self) -> None:
        """Delete every key."""
        for node in self._serving():
            node.call("FLUSHALL")

    def _serving(self) -> list[Node]:
        """The masters of now."""
        ports = {home[1] for _, _, home, *_ in self._living.call("CLUSTER", "SLOTS")}
        return [node for node in self._nodes if node.port in ports]

    def start_again(self, node: Node) -> None:
        """On its old port, with what its file has."""
        node.process = self._run(node.port)
        _until(lambda: bool(node.client.ping()))

    @property
    def _nodes(self) -> list[Node]:
        return [*self.masters, *self.replicas]

    @property
    def _living(self) -> Node:
        return next(node for node in self._nodes if node.process.poll() is None)

    def stop(self) -> None:
        for node in self._nodes:
            node.client.close()
            if node.process.poll() is None:
                self.kill(node)

    def _launch(self) -> Node:
        port = _port_with_bus()
        return Node(port, self._run(port), Redis("127.0.0.1", port, socket_timeout=2))

    def _run(self, port: int) -> subprocess.Popen[bytes]:
        home = self.directory / str(port)
        home.mkdir(parents=True, exist_ok=True)
        options = {
            **{"--port": port, "--bind": "127.0.0.1", "--dir": home, "--save": ""},
            **{"--cluster-enabled": "yes", "--cluster-node-timeout": 1500},
            **{"--cluster-replica-validity-factor": 0, "--appendonly": "yes"},
            **{"--cluster-require-full-coverage": "no", "--repl-diskless-sync-delay": 0},
        }
        words = [str(word) for pair in options.items() for word in pair]
        with (home / "log").open("ab") as log:
            return subprocess.Popen([find_program(), *words], stdout=log, stderr=log)


def _port_with_bus() -> int:
    """A free port whose bus is free too, and isn't one that outgoing connections take."""
    while True:
        port = free_port()
        with closing(socket.socket()) as probe, suppress(OSError):
            if port + BUS < FIRST_EPHEMERAL:
                probe.bind(("127.0.0.1", port + BUS))
                return port


def _info(node: Node) -> dict[str, str]:
    said: str = str(node.call("CLUSTER", "INFO"), "ascii")
    return dict(line.split(":", 1) for line in said.splitlines() if ":" in line)


def _have_met(nodes: list[Node]) -> bool:
    """Whether each node knows all the others. Who doesn't know the first one, or isn't known to
    it, is told to meet it: a handshake that takes too long is given up by the servers."""
    known = [_acquaintances(node) for node in nodes]
    if all(ports == {node.port for node in nodes} for ports in known):
        return True
    for node, ports in zip(nodes[1:], known[1:], strict=True):
        if nodes[0].port not in ports or node.port not in known[0]:
            node.call("CLUSTER", "MEET", "127.0.0.1", nodes[0].port)
    return False


def _acquaintances(node: Node) -> set[int]:
    """The ports of the nodes that a node knows, its own too; not those of whom it only heard."""
    said: str = str(node.call("CLUSTER", "NODES"), "ascii")
    rows = [line.split() for line in said.splitlines()]
    met = [row[1] for row in rows if "handshake" not in row[2].split(",")]
    return {int(address.split("@")[0].rpartition(":")[2]) for address in met}


def _is_linked(node: Node) -> bool:
    """A master, or a replica that follows its own."""
    return str(node.client.info("replication").get("master_link_status", "up")) == "up"


def _replicates(replica: Node, master: Node) -> bool:
    """A node can be told so once it has heard of its master."""
    replica.call("CLUSTER", "REPLICATE", master.id)
    return True


def _until(what: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while True:
        with suppress(RedisError):
            if what():
                return
        if time.monotonic() > deadline:
            raise TimeoutError("the cluster doesn't come up")
        time.sleep(0.05)
