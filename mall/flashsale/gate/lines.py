"""The connections of a process's presses: one a thread (or event loop) and node, and what is
done when a node doesn't answer: nobody waits in line for a dead one."""

from __future__ import annotations

import threading
from time import monotonic
from typing import Any

import structlog
from redis import RedisCluster, RedisError

from mall.flashsale.gate.line import Line
from mall.flashsale.gate.protocol import Down, Dropped, Moved, Refused, options_of
from mall.flashsale.gate.shared_line import SharedLine
from mall.flashsale.gate.store import Store, cluster

PAUSE_S = 0.5
AnyLine = type[Line] | type[SharedLine]
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

    def blow(self) -> bool:
        """Whether this is news: of many who wait for one answer only the first has any."""
        now = monotonic()
        news = now >= self._blown_until
        self._blown_until = now + PAUSE_S
        return news

    def mend(self) -> None:
        self._blown_until = 0.0

    def done(self) -> None:
        """The trial is over, however it went."""
        self._probe.release()


class Node:
    """One Redis server: its address, its fuse, and each thread's line to it."""

    def __init__(self, options: dict[str, Any], line: AnyLine) -> None:
        self._options, self._new, self._fuse = options, line, Fuse()
        self._mine = threading.local()

    async def ask(self, _: bytes, head: bytes, tail: bytes | None = None) -> Any:
        """As `Line.ask`; the key says nothing, where there is one node. Raises Down.

        A kept connection may have died while it lay idle; then a new one is tried once.
        Asking twice is safe: the script knows a press by its key.
        """
        trial = not self._fuse.whole
        if trial and not self._fuse.may_try():
            raise Down("failed a moment ago")
        line: Line | SharedLine | None = None
        try:
            line = self._line()
            try:
                answer = await line.ask(head, tail)
            except Dropped:
                self._forget(line)
                line = self._line()
                answer = await line.ask(head, tail)
            if trial:
                self._fuse.mend()
            return answer
        except Down as fault:
            self._failed(line, fault)
            raise
        finally:
            if trial:
                self._fuse.done()

    def _failed(self, line: Line | SharedLine | None, fault: Down) -> None:
        if isinstance(fault, Moved):
            return
        if not isinstance(fault, Refused):
            self._forget(line)
        if self._fuse.blow():
            _log.warning("the gate's redis doesn't answer", error=str(fault)[:200])

    def _line(self) -> Line | SharedLine:
        line: Line | SharedLine | None = getattr(self._mine, "line", None)
        if line is None:
            line = self._mine.line = self._new(self._options)
        return line

    def _forget(self, line: Line | SharedLine | None) -> None:
        """Not a newer one: of those who shared it each one comes by here."""
        if line is not None:
            if getattr(self._mine, "line", None) is line:
                self._mine.line = None
            line.close()


class ClusterLines:
    """Keys over the nodes of a Redis Cluster; redis-py knows which node has which."""

    def __init__(self, url: str, line: AnyLine = Line) -> None:
        self._url, self._line = url, line
        self._topology: RedisCluster | None = None
        self._known_until = 0.0
        self._nodes: dict[tuple[str, int], Node] = {}
        self._guard = threading.Lock()

    async def ask(self, key: bytes, head: bytes, tail: bytes | None = None) -> Any:
        """The answer of the node of `key`, as `Line.ask` has it. Raises Down."""
        try:
            return await (await self._node(key)).ask(key, head, tail)
        except Moved:
            self._forget_topology()
        except Down:
            self._forget_topology()
            raise
        return await (await self._node(key)).ask(key, head, tail)

    def _forget_topology(self) -> None:
        self._known_until = 0.0

    async def _node(self, key: bytes) -> Node:
        topology = self._topology
        if topology is None or not self._known_until:
            topology = await self._line.aside(self._learn)
        try:
            at = topology.get_node_from_key(key)  # type: ignore[no-untyped-call]
        except RedisError as fault:
            raise Down(str(fault)) from fault
        name = (str(at.host), int(at.port))
        found = self._nodes.get(name)
        if found is None:
            options = {**self._credentials(topology), "host": name[0], "port": name[1]}
            found = self._nodes.setdefault(name, Node(options, self._line))
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


Lines = Node | ClusterLines


def lines_to(store: Store, line: AnyLine = Line) -> Lines:
    """The connections to the gate that the configuration names; none is opened yet."""
    return ClusterLines(store.url, line) if store.is_cluster else node_at(store.url, line)


def node_at(url: str, line: AnyLine = Line) -> Node:
    """The one server that holds all keys."""
    return Node(options_of(url), line)
