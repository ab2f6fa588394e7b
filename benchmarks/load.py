"""A closed-loop load over keep-alive connections, in processes of its own.

Each connection sends its next request when the last answer is in. Requests are ready
bytes, and of an answer only status and length are read, so that the client costs a
fraction of what any server under test does.
"""

from __future__ import annotations

import multiprocessing as mp
import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from multiprocessing.connection import Connection as Pipe


@dataclass
class Outcome:
    """What a run saw: answers by status, time of each in seconds, wall time."""

    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def request_bytes(
    method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> bytes:
    """One HTTP/1.1 request, ready to send."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def run(
    port: int,
    requests: Sequence[bytes],
    *,
    connections: int,
    seconds: float | None = None,
    once: bool = False,
) -> Outcome:
    """Send `requests` over `connections`: each once, or round and round for `seconds`.

    With `once` the load ends when the time is over or the requests are used up, whichever
    comes first; `Outcome.seconds` then says how long it lasted, so the rate is still right.
    """
    queue = iter(requests) if seconds is None or once else cycle(requests)
    parent, child = mp.Pipe()
    process = mp.get_context("fork").Process(
        target=_client, args=(child, port, queue, connections, seconds), daemon=True
    )
    process.start()
    child.close()
    try:
        return parent.recv()  # type: ignore[no-any-return]
    except EOFError:
        raise RuntimeError("the load client died; see its error above") from None
    finally:
        process.join(10)


@dataclass
class _Connection:
    """One connection: its socket, when the last request left, what has come back."""

    sock: socket.socket
    sent_at: float = 0.0
    buffer: bytes = b""


def _client(
    pipe: Pipe,
    port: int,
    queue: Iterator[bytes],
    connections: int,
    seconds: float | None,
) -> None:
    outcome = Outcome()
    selector = selectors.DefaultSelector()
    connected = [
        _Connection(socket.create_connection(("127.0.0.1", port))) for _ in range(connections)
    ]
    for connection in connected:
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection.sock, selectors.EVENT_READ, connection)
    start = time.perf_counter()
    deadline = start + (seconds if seconds is not None else 300)
    still_open = sum(_send_next(connection, queue, selector) for connection in connected)
    while still_open and time.perf_counter() < deadline:
        for key, _ in selector.select(timeout=5):
            connection = key.data
            if _answered(connection, outcome) and not _send_next(connection, queue, selector):
                still_open -= 1
    outcome.seconds = time.perf_counter() - start
    pipe.send(outcome)
    for connection in connected:
        connection.sock.close()


def _send_next(
    connection: _Connection, queue: Iterator[bytes], selector: selectors.BaseSelector
) -> bool:
    data = next(queue, None)
    if data is None:
        selector.unregister(connection.sock)
        return False
    connection.sent_at = time.perf_counter()
    connection.sock.sendall(data)
    return True


def _answered(connection: _Connection, outcome: Outcome) -> bool:
    """Read what has come; True when one whole answer is there."""
    chunk = connection.sock.recv(262_144)
    if not chunk:
        raise ConnectionError("the server closed a connection")
    connection.buffer += chunk
    head_end = connection.buffer.find(b"\r\n\r\n")
    if head_end < 0:
        return False
    head = connection.buffer[:head_end].lower()
    size = _content_length(head)
    if len(connection.buffer) < head_end + 4 + size:
        return False
    outcome.latencies.append(time.perf_counter() - connection.sent_at)
    outcome.statuses[int(connection.buffer[9:12])] += 1
    connection.buffer = b""
    return True


def _content_length(head: bytes) -> int:
    at = head.find(b"content-length:")
    return int(head[at + 15 : (head + b"\r\n").find(b"\r\n", at)]) if at >= 0 else 0
