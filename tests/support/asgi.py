"""An ASGI app called as if it were a WSGI app, so that one test can hold both kinds."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

App = Callable[[Any, Any, Any], Any]
CANONICAL = {"x-request-id": "X-Request-ID", "etag": "ETag"}


@contextmanager
def loop_thread() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop that runs in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def scope_of(environ: dict[str, Any]) -> dict[str, Any]:
    """The ASGI scope of a WSGI request."""
    headers = [
        (name[5:].lower().replace("_", "-").encode(), value.encode("latin-1"))
        for name, value in environ.items()
        if name.startswith("HTTP_")
    ]
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers.append((name.lower().replace("_", "-").encode(), environ[name].encode()))
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": environ["REQUEST_METHOD"],
        "scheme": "http",
        "path": environ["PATH_INFO"],
        "query_string": environ["QUERY_STRING"].encode(),
        "root_path": "",
        "headers": headers,
        "client": (environ["REMOTE_ADDR"], 40_000),
        "server": ("localhost", 80),
    }


async def call(app: App, scope: dict[str, Any], *events: dict[str, Any]) -> list[dict[str, Any]]:
    """What the app sends for a request whose body comes in these events."""
    coming, sent = list(events), list[dict[str, Any]]()

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0)
        return coming.pop(0) if coming else {"type": "http.disconnect"}

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    await app(scope, receive, send)
    return sent


def as_wsgi(app: App, loop: asyncio.AbstractEventLoop) -> Callable[..., Iterable[bytes]]:
    """A WSGI callable that asks `app` in that loop; a body comes in two pieces."""

    def called(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        body = environ["wsgi.input"].read()
        half = len(body) // 2
        steps = call(
            app,
            scope_of(environ),
            {"type": "http.request", "body": body[:half], "more_body": True},
            {"type": "http.request", "body": body[half:], "more_body": False},
        )
        start, *rest = asyncio.run_coroutine_threadsafe(steps, loop).result(30)
        status = HTTPStatus(start["status"])
        headers = [
            (CANONICAL.get(name := raw.decode(), name.title()), value.decode("latin-1"))
            for raw, value in start["headers"]
        ]
        start_response(f"{status.value} {status.phrase.upper()}", headers)
        return [event.get("body", b"") for event in rest]

    return called
