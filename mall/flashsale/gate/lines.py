"""The connections of a process's presses: one a thread and node, and what is done when a
node doesn't answer: nobody waits in line for a dead one."""

from __future__ import annotations

import threading
from time import monotonic
from typing import Any

import structlog
from redis import RedisCluster, RedisError

from mall.flashsale.gate.line import Down, Dropped, Line, Moved, options_of
from mall.flashsale.gate.store import Store, cluster

PAUSE_S = 0.5
_log = structlog.get_logger("mall.flashsale")


class Fuse:
    """After a failure one caller a time may try; the others are refused at once."""

    def __init__(self) -> None:
        self._blown_until = 0.0
        self._probe = threading.Lock()

    @property
    def whole(self) -> bool:
        return not self._blown_until

    def may_try(self) -> bool:
        """For a blown one: whether the pause is over and nobody else is trying."""
        return monotonic() >= self._blown_until and self._probe.acquire(blocking=False)

    def blow(self) -> None:
        self._blown_until = monotonic() + PAUSE_S

    def mend(self) -> None:
        self._blown_until = 0.0

    def done(self) -> None:
        """The trial is over, however it went."""
        self._probe.release()


class Node:
    """One Redis server: its address, its fuse, and each thread's line to it."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options, self._fuse = options, Fuse()
        self._mine = threading.local()

    def ask(self, head: bytes, tail: bytes | None) -> Any:
        """The answer to `head`, the run id behind the connection, `tail`; to `head` alone when
        there is no tail. Raises Down or Moved."""
        if self._fuse.whole:
            return self._guarded(head, tail)
        if not self._fuse.may_try():
            raise Down("failed a moment ago")
        try:
            answer = self._guarded(head, tail)
            self._fuse.mend()
            return answer
        finally:
            self._fuse.done()

    def _guarded(self, head: bytes, tail: bytes | None) -> Any:
        try:
            return self._once_more(head, tail)
        except Down as fault:
            self._fuse.blow()
            _log.warning("the gate's redis doesn't answer", error=str(fault)[:200])
            raise

    def _once_more(self, head: bytes, tail: bytes | None) -> Any:
        """A kept connection may have died while it lay idle; then a new one is tried once.

        Asking twice is safe: the script knows a press by its key.
        """
        line: Line | None = getattr(self._mine, "line", None)
        if line is not None:
            try:
                return line.ask(head if tail is None else head + line.run_id + tail)
            except Dropped:
                self._forget(line)
            except Down:
                self._forget(line)
                raise
        line = self._mine.line = Line(self._options)
        try:
            return line.ask(head if tail is None else head + line.run_id + tail)
        except Down:
            self._forget(line)
            raise

    def _forget(self, line: Line) -> None:
        self._mine.line = None
        line.close()


class SingleLines:
    """All keys on one server."""

    def __init__(self, url: str) -> None:
        self._node = Node(options_of(url))

    def ask(self, _: bytes, head: bytes, tail: bytes | None = None) -> Any:
        """The answer of the node of a key, as `Node.ask` has it. Raises Down."""
        try:
            return self._node.ask(head, tail)
        except Moved as fault:
            raise Down(str(fault)) from fault


class ClusterLines:
    """Keys over the nodes of a Redis Cluster; redis-py knows which node has which."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._topology: RedisCluster | None = None
        self._known_until = 0.0
        self._nodes: dict[tuple[str, int], Node] = {}
        self._guard = threading.Lock()

    def ask(self, key: bytes, head: bytes, tail: bytes | None = None) -> Any:
        """The answer of the node of `key`, as `Node.ask` has it. Raises Down."""
        try:
            return self._node(key).ask(head, tail)
        except Moved:
            self._forget_topology()
        except Down:
            self._forget_topology()
            raise
        try:
            return self._node(key).ask(head, tail)
        except Moved as fault:
            raise Down(str(fault)) from fault

    def _forget_topology(self) -> None:
        self._known_until = 0.0

    def _node(self, key: bytes) -> Node:
        topology = self._topology
        if topology is None or not self._known_until:
            topology = self._learn()
        try:
            at = topology.get_node_from_key(key)  # type: ignore[no-untyped-call]
        except RedisError as fault:
            raise Down(str(fault)) from fault
        name = (str(at.host), int(at.port))
        found = self._nodes.get(name)
        if found is None:
            options = {**self._credentials(topology), "host": name[0], "port": name[1]}
            found = self._nodes.setdefault(name, Node(options))
        return found

    def _learn(self) -> RedisCluster:
        """Ask the cluster who has what, one thread at a time and not twice in a moment."""
        if not self._guard.acquire(timeout=PAUSE_S):
            raise Down("the cluster is being asked")
        try:
            if self._topology is not None and self._asked_lately():
                return self._topology
            old, self._topology = self._topology, cluster(self._url)
            self._asked_at = self._known_until = monotonic()
            if old is not None:
                old.close()
            return self._topology
        except RedisError as fault:
            raise Down(str(fault)) from fault
        finally:
            self._guard.release()

    _asked_at = 0.0

    def _asked_lately(self) -> bool:
        return monotonic() - self._asked_at < PAUSE_S

    @staticmethod
    def _credentials(topology: RedisCluster) -> dict[str, Any]:
        kept = topology.get_connection_kwargs()  # type: ignore[no-untyped-call]
        return {name: kept[name] for name in ("username", "password") if kept.get(name)}


Lines = SingleLines | ClusterLines


def lines_to(store: Store) -> Lines:
    """The connections to the gate that the settings name; none is opened yet."""
    return ClusterLines(store.url) if store.is_cluster else SingleLines(store.url)
