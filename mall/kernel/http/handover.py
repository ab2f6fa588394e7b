"""One request from ASGI to WSGI: its environment, its body, the call in a thread, the answer."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import suppress
from itertools import chain
from typing import IO, TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

Scope = dict[str, Any]
Event = dict[str, Any]
Loop = asyncio.AbstractEventLoop
Receive = Callable[[], Coroutine[Any, Any, Event]]
Send = Callable[[Event], Coroutine[Any, Any, None]]
Header = tuple[bytes, bytes]
BODY_SECONDS = 60
"""A request whose body takes longer is given up: 408. Of a longer body than `Front` reads ahead,
each piece may take so long."""
AT_ONCE = 256_000
"""Bytes of an answer that are sent in one piece; a longer one is sent while it is made."""
SEND_SECONDS = 60
"""A client that takes no piece of an answer for so long has gone."""
_KNOWN: dict[bytes, str] = {}
_MOST_KNOWN = 500


class Head(NamedTuple):
    """Status and headers of an answer."""

    status: int
    headers: list[Header]


class Gone(Exception):
    """The client has closed the connection."""


class IncomingBody(io.RawIOBase):
    """A body that is still coming in, for a thread that reads it."""

    def __init__(self, ahead: bytes, receive: Receive, loop: Loop) -> None:
        self._held, self._receive, self._loop = ahead, receive, loop
        self._more = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._held and self._more:
            self._pull()
        count = min(len(buffer), len(self._held))
        buffer[:count], self._held = self._held[:count], self._held[count:]
        return count

    def _pull(self) -> None:
        coming = asyncio.run_coroutine_threadsafe(self._receive(), self._loop)
        try:
            event = coming.result(BODY_SECONDS)
        except TimeoutError:
            coming.cancel()
            raise
        if event["type"] != "http.request":
            raise ConnectionResetError("the client has gone")
        self._held, self._more = event.get("body", b""), bool(event.get("more_body"))


class WsgiCall:
    """One request's way through Flask, in a thread."""

    def __init__(
        self,
        app: WSGIApplication,
        environ: WSGIEnvironment,
        send: Send,
        loop: Loop,
    ) -> None:
        self._app, self._environ, self._send, self._loop = app, environ, send, loop
        self._head: Head | None = None

    def run(self) -> tuple[Head, bytes] | None:
        """The whole answer; None when it was long, and sent from here."""
        chunks = self._app(self._environ, self._start_response)
        try:
            return self._answer(iter(chunks))
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()

    def _start_response(self, status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
        self._head = head_of(status, headers)
        return _no_write

    def _answer(self, chunks: Iterator[bytes]) -> tuple[Head, bytes] | None:
        first: list[bytes] = []
        size = 0
        for chunk in chunks:
            first.append(chunk)
            size += len(chunk)
            if size > AT_ONCE:
                self._stream(chain((b"".join(first),), chunks))
                return None
        assert self._head is not None
        return self._head, b"".join(first)

    def _stream(self, chunks: Iterable[bytes]) -> None:
        assert self._head is not None
        with suppress(Gone):
            self._wait_for(start_event(self._head))
            for chunk in chunks:
                self._wait_for({"type": "http.response.body", "body": chunk, "more_body": True})
            self._wait_for({"type": "http.response.body", "body": b""})

    def _wait_for(self, event: Event) -> None:
        """Send one event, and wait until the client has taken it."""
        sent = asyncio.run_coroutine_threadsafe(self._send(event), self._loop)
        try:
            sent.result(SEND_SECONDS)
        except Exception as fault:
            sent.cancel()
            raise Gone from fault


def _no_write(_: bytes) -> None:
    raise RuntimeError("write() of old WSGI: Flask never calls it")


def head_of(status: str, headers: Iterable[tuple[str, str]]) -> Head:
    sent = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return Head(int(status[:3]), sent)


def environ_of(scope: Scope, body: IO[bytes]) -> WSGIEnvironment:
    """The request as WSGI has it (PEP 3333)."""
    server = scope.get("server") or ("", 0)
    client = scope.get("client") or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": scope.get("root_path", ""),
        "PATH_INFO": path_of(scope),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": str(server[0]),
        "SERVER_PORT": str(server[1] or 0),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        key = _KNOWN.get(name) or _key_of(name)
        if not key:
            continue
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    return environ


def _key_of(name: bytes) -> str:
    """A header's name in WSGI; empty for one with an underscore, since WSGI couldn't tell
    X_Forwarded_For from X-Forwarded-For, which our proxies vouch for."""
    if b"_" in name:
        return ""
    key = name.decode("latin-1").upper().replace("-", "_")
    if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        key = f"HTTP_{key}"
    if len(_KNOWN) < _MOST_KNOWN:
        _KNOWN[name] = key
    return key


def path_of(scope: Scope) -> str:
    """The path with its escapes undone, a character for each byte."""
    raw = scope.get("raw_path")
    if raw:
        return unquote_to_bytes(raw.partition(b"?")[0]).decode("latin-1")
    path: str = scope["path"]
    return path if path.isascii() else path.encode().decode("latin-1")


def start_event(head: Head) -> Event:
    return {"type": "http.response.start", "status": head.status, "headers": head.headers}
