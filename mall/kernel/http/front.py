"""An event loop in front of Flask: it reads each request, hands it to Flask in a thread by one
call, and sends the answer.

A slow client costs no thread while an ordinary request comes in, and public answers that are at
hand need no thread at all. Measured against threads alone (gunicorn's gthread) in
docs/architecture.md.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from flask import Flask

from mall.config import Config
from mall.kernel.http.cached_responses import cached_responses
from mall.kernel.http.handover import (
    BODY_SECONDS,
    Event,
    Gone,
    Head,
    Header,
    IncomingBody,
    Loop,
    Receive,
    Scope,
    Send,
    WsgiCall,
    environ_of,
    head_of,
    path_of,
    start_event,
)
from mall.kernel.registry import Registry

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


Handle = Callable[[Scope, Receive, Send, list[Event]], Awaitable[bool]]
"""`await handle(scope, receive, send, read)`: True when it has answered the request. One that
hasn't, leaves in `read` the events that it took of `receive`; then Flask is asked."""


@dataclass(frozen=True)
class LoopRoutes:
    """Requests that a feature answers in the event loop, by the start of their path.

    `make(app)` gives what handles them. Flask has a route for each of them, too: for what the
    handler leaves to it, and for a mall without the event loop.
    """

    prefix: str
    make: Callable[[Flask], Handle]


LOOP_ROUTES: Registry[LoopRoutes] = Registry("event loop routes", lambda one: one.prefix)


class Front:
    """The ASGI app around a Flask app, whose requests are handled by as many threads as the
    configuration says (MALL_WEB_THREADS)."""

    def __init__(self, app: Flask) -> None:
        config: Config = app.extensions["mall.config"]
        self._wsgi: WSGIApplication = app
        self._in_loop = [(one.prefix, one.make(app)) for one in LOOP_ROUTES.items(app).values()]
        self._cached = cached_responses(app)
        self._read_ahead: int = app.config["MAX_CONTENT_LENGTH"]
        self._pool = ThreadPoolExecutor(config.web_threads, thread_name_prefix="flask")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            event = await receive()
            if event["type"] == "lifespan.shutdown":
                self._pool.shutdown(wait=True)
            await send({"type": f"{event['type']}.complete"})
            if event["type"] == "lifespan.shutdown":
                return

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "GET" and self._cached is not None:
            path = path_of(scope)
            if self._cached.has(path, scope["query_string"].decode("latin-1")):
                found = self._cached.answer(environ_of(scope, io.BytesIO()))
                if found is not None:
                    await _send_whole(send, head_of(found.status, found.headers), found.body)
                    return
        read: list[Event] = []
        for prefix, handle in self._in_loop:
            if scope["path"].startswith(prefix) and await handle(scope, receive, send, read):
                return
        await self._by_flask(scope, _once_more(read, receive) if read else receive, send)

    async def _by_flask(self, scope: Scope, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await self._body(scope, receive, loop)
        except TimeoutError:
            await _send_whole(send, Head(408, [(b"connection", b"close")]), b"")
            return
        except Gone:
            return
        call = WsgiCall(self._wsgi, environ_of(scope, body), send, loop)
        whole = await loop.run_in_executor(self._pool, call.run)
        if whole is not None:
            await _send_whole(send, *whole)

    async def _body(self, scope: Scope, receive: Receive, loop: Loop) -> IO[bytes]:
        """The whole body. One that is longer than Flask takes by default is read on by the view,
        if that takes it (an upload): until then no more of it is kept than this."""
        length = _declared_length(scope)
        if length == 0:
            return io.BytesIO()
        ahead = bytearray()
        if length is None or length <= self._read_ahead:
            while len(ahead) <= self._read_ahead:
                event = await receive()
                if event["type"] != "http.request":
                    raise Gone
                ahead += event.get("body", b"")
                if not event.get("more_body"):
                    if length is None:  # it came in chunks: now its length is known
                        scope["headers"] = _with_length(scope["headers"], len(ahead))
                    return io.BytesIO(ahead)
        return io.BufferedReader(IncomingBody(bytes(ahead), receive, loop))


def _once_more(read: list[Event], receive: Receive) -> Receive:
    """What was read, then what comes."""

    async def received() -> Event:
        return read.pop(0) if read else await receive()

    return received


async def _send_whole(send: Send, head: Head, body: bytes) -> None:
    await send(start_event(head))
    await send({"type": "http.response.body", "body": body})


def _with_length(headers: Iterable[Header], length: int) -> list[Header]:
    kept = [one for one in headers if one[0] != b"transfer-encoding"]
    return [*kept, (b"content-length", b"%d" % length)]


def _declared_length(scope: Scope) -> int | None:
    """How long the body is; None when only its end will tell."""
    length = 0 if scope["method"] in ("GET", "HEAD", "DELETE", "OPTIONS") else None
    for name, value in scope["headers"]:
        if name == b"transfer-encoding":
            return None
        if name == b"content-length":
            length = int(value)
    return length
