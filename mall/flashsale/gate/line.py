"""One connection of the press: bytes out, an answer in.

redis-py's pool costs more than everything else that a press does. Here a connection
belongs to a thread, its requests are ready bytes, and its time-outs are the kernel's. A
TLS connection goes through redis-py's own class, which knows certificates.
"""

from __future__ import annotations

import re
import socket
import struct
from typing import Any, Protocol

import hiredis
from redis import RedisError, SSLConnection
from redis.connection import parse_url

from mall.flashsale.gate.scripts import ADMIT

TIMEOUT_S = 0.8
_RUN_ID = re.compile(rb"run_id:([0-9a-f]{40})")


class Down(Exception):
    """The gate's Redis gives no answer. What was asked may have been done."""


class Moved(Exception):
    """The key is another node's."""


class Dropped(Down):
    """The connection broke before any answer came, at once: another one may be tried."""


class Pipe(Protocol):
    """What carries the bytes."""

    def exchange(self, request: bytes) -> Any:
        """One answer; an error of the server is returned, not raised."""

    def close(self) -> None: ...


def packed(*args: bytes | str | int) -> bytes:
    """One command in Redis' protocol."""
    return b"*%d\r\n" % len(args) + bulks(*args)


def bulks(*args: bytes | str | int) -> bytes:
    """Arguments of a command whose head says how many there are."""
    parts = []
    for one in args:
        data = one if isinstance(one, bytes) else str(one).encode()
        parts.append(b"$%d\r\n%b\r\n" % (len(data), data))
    return b"".join(parts)


class Line:
    """A connection and the run id of the server behind it, as ready bytes.

    A server that was restarted or restored breaks its connections, so the id is never
    older than the server. Raises Down.
    """

    def __init__(self, options: dict[str, Any]) -> None:
        tls = options.get("connection_class") is SSLConnection
        self._pipe: Pipe = _RedisPyPipe(options) if tls else _SocketPipe(options)
        try:
            self._greet(options, tls)
        except BaseException:
            self.close()
            raise

    def ask(self, request: bytes) -> Any:
        """The answer to one packed command. Raises Down, Dropped or Moved."""
        answer = self._pipe.exchange(request)
        if isinstance(answer, Exception):
            if str(answer).startswith("NOSCRIPT"):
                self._must(packed("SCRIPT", "LOAD", ADMIT.text))
                answer = self._pipe.exchange(request)
            if isinstance(answer, Exception):
                self._fail(answer)
        return answer

    def close(self) -> None:
        self._pipe.close()

    def _greet(self, options: dict[str, Any], tls: bool) -> None:
        if not tls:
            if options.get("password"):
                user = [options["username"]] if options.get("username") else []
                self._must(packed("AUTH", *user, options["password"]))
            if options.get("db"):
                self._must(packed("SELECT", options["db"]))
        found = _RUN_ID.search(self._must(packed("INFO", "server")))
        if found is None:
            raise Down("INFO server shows no run_id")
        self.run_id = bulks(found[1])
        self._must(packed("SCRIPT", "LOAD", ADMIT.text))

    def _must(self, request: bytes) -> Any:
        answer = self._pipe.exchange(request)
        if isinstance(answer, Exception):
            self._fail(answer)
        return answer

    def _fail(self, answer: Exception) -> None:
        if str(answer).startswith(("MOVED", "ASK", "CLUSTERDOWN", "TRYAGAIN")):
            raise Moved(str(answer))
        raise Down(str(answer)) from None


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
            self._connection.send_packed_command(request, check_health=False)
            return self._connection.read_response(disconnect_on_error=True)
        except (RedisError, OSError) as fault:
            # An answer that is an error leaves the connection as it was.
            if getattr(self._connection, "is_connected", False):
                return fault
            raise Dropped(str(fault)) from fault

    def close(self) -> None:
        self._connection.disconnect()


def options_of(url: str) -> dict[str, Any]:
    """What REDIS_URL says of its server. Raises ValueError."""
    return dict(parse_url(url))  # type: ignore[no-untyped-call]
