"""A connection of one thread: bytes out, an answer in.

redis-py's pool costs more than everything else that a press does. Here a connection
belongs to a thread, its requests are ready bytes, and its time-outs are the kernel's. A
TLS connection goes through redis-py's own class, which knows certificates.

`ask` is a coroutine that never waits, so that a press is written once, for threads and for
an event loop (`shared_line.py`); `at_once` runs it.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

import hiredis
from redis import RedisError, SSLConnection

from mall.flashsale.gate.protocol import (
    ASK_RUN_ID,
    LEARN_SCRIPT,
    TIMEOUT_S,
    Down,
    Dropped,
    credentials,
    good,
    lacks_script,
    run_id_in,
)

Result = TypeVar("Result")


def at_once(steps: Coroutine[Any, Any, Result]) -> Result:
    """What a coroutine over connections of threads comes to: it blocks instead of waiting."""
    try:
        steps.send(None)
    except StopIteration as end:
        found: Result = end.value
        return found
    steps.close()
    raise RuntimeError("this coroutine waits for an event loop")


class Pipe(Protocol):
    """What carries the bytes."""

    def exchange(self, request: bytes) -> Any:
        """One answer; an error of the server is returned, not raised."""

    def close(self) -> None: ...


class Line:
    """A connection and the run id of the server behind it, as ready bytes.

    A server that was restarted or restored breaks its connections, so the id is never
    older than the server. Raises Down.
    """

    def __init__(self, options: dict[str, Any]) -> None:
        tls = options.get("connection_class") is SSLConnection
        self._pipe: Pipe = _RedisPyPipe(options) if tls else _SocketPipe(options)
        try:
            for command in [] if tls else credentials(options):
                good(self._pipe.exchange(command))
            self._run_id = run_id_in(good(self._pipe.exchange(ASK_RUN_ID)))
            good(self._pipe.exchange(LEARN_SCRIPT))
        except BaseException:
            self.close()
            raise

    async def ask(self, head: bytes, tail: bytes | None = None) -> Any:
        """The answer to one packed command: `head`, the run id behind the connection, `tail`;
        `head` alone when there is no tail. Raises Down, Dropped or Moved."""
        request = head if tail is None else head + self._run_id + tail
        answer = self._pipe.exchange(request)
        if isinstance(answer, Exception) and lacks_script(answer):
            good(self._pipe.exchange(LEARN_SCRIPT))
            answer = self._pipe.exchange(request)
        return good(answer)

    def close(self) -> None:
        self._pipe.close()

    @staticmethod
    async def aside(work: Callable[[], Result]) -> Result:
        """Do what blocks: a thread may."""
        return work()


class _SocketPipe:
    """A plain socket, Unix or TCP."""

    def __init__(self, options: dict[str, Any]) -> None:
        try:
            self._sock = _connected(options)
        except OSError as fault:
            raise Down(f"can't connect: {fault}") from fault
        self._reader = hiredis.Reader()

    def exchange(self, request: bytes) -> Any:
        reader, sock = self._reader, self._sock
        try:
            sock.sendall(request)
            while True:
                chunk = sock.recv(16_384)
                if not chunk:
                    raise Dropped("the server closed the connection")
                reader.feed(chunk)
                answer = reader.gets()
                if answer is not False:
                    return answer
        except BlockingIOError as fault:  # how the kernel tells a time-out
            raise Down("no answer in time") from fault
        except (ConnectionError, BrokenPipeError) as fault:
            raise Dropped(str(fault)) from fault
        except (OSError, hiredis.ProtocolError) as fault:
            raise Down(str(fault)) from fault

    def close(self) -> None:
        self._sock.close()


def _connected(options: dict[str, Any]) -> socket.socket:
    """A connected socket. Blocking, with the kernel's time-outs: Python's own would cost a
    poll() before each call."""
    if "path" in options:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(TIMEOUT_S)
        try:
            sock.connect(options["path"])
        except OSError:
            sock.close()
            raise
    else:
        address = (options.get("host", "localhost"), options.get("port", 6379))
        sock = socket.create_connection(address, TIMEOUT_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.settimeout(None)
    limit = struct.pack("ll", 0, int(TIMEOUT_S * 1_000_000))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
    return sock


class _RedisPyPipe:
    """redis-py's own connection, for TLS."""

    def __init__(self, options: dict[str, Any]) -> None:
        kwargs = {name: value for name, value in options.items() if name != "connection_class"}
        limits = {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S}
        self._connection = options["connection_class"](**(kwargs | limits))
        try:
            self._connection.connect()
        except (RedisError, OSError) as fault:
            raise Down(f"can't connect: {fault}") from fault

    def exchange(self, request: bytes) -> Any:
        try:
            self._connection.send_packed_command([request], check_health=False)
            return self._connection.read_response(disconnect_on_error=True)
        except (RedisError, OSError) as fault:
            # An answer that is an error leaves the connection as it was.
            if getattr(self._connection, "is_connected", False):
                return fault
            raise Dropped(str(fault)) from fault

    def close(self) -> None:
        self._connection.disconnect()
