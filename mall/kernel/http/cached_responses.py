"""Cached public responses, answered before Flask is called. It exists only for speed.

A path with its query string is answered here only after the whole app has answered it once,
so that every rule has been checked. The response has the request id, the metric and the log
line that any other has. `python -m benchmarks speedups` measures what it saves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from flask import Flask

from mall.kernel.cache import CachedBody
from mall.kernel.http.observe import record_request, request_id_of, request_log

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

FindCachedResponse = Callable[[str, str], tuple[CachedBody, str] | None]
"""(path, query string) → the cached body and the endpoint that made it; None if there is none."""
JSON, REVALIDATE = ("Content-Type", "application/json"), ("Cache-Control", "no-cache")
_EXTENSION = "mall.cached_responses"


def init_cached_responses(app: Flask, find: FindCachedResponse) -> None:
    """Let `find` answer GET requests before the app does."""
    layer = app.extensions[_EXTENSION] = CachedResponses(app, find)
    app.wsgi_app = layer  # type: ignore[method-assign]


def cached_responses(app: Flask) -> CachedResponses | None:
    """The layer of an app, for a server that asks it without calling the app."""
    return app.extensions.get(_EXTENSION)


class WholeResponse(NamedTuple):
    """Status line, headers and body."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


class CachedResponses:
    """The WSGI layer before an app."""

    def __init__(self, app: Flask, find: FindCachedResponse) -> None:
        self._next, self._find, self._log = app.wsgi_app, find, request_log()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        found = self.answer(environ) if environ["REQUEST_METHOD"] == "GET" else None
        if found is None:
            return self._next(environ, start_response)
        start_response(found.status, found.headers)
        return (found.body,)

    def has(self, path: str, query: str) -> bool:
        """Whether a response to this path and query string is cached."""
        return self._find(path, query) is not None

    def answer(self, environ: WSGIEnvironment) -> WholeResponse | None:
        """The response to a GET request if it is cached; its metric and log line are written."""
        started = perf_counter()
        found = self._find(environ["PATH_INFO"], environ.get("QUERY_STRING", ""))
        if found is None:
            return None
        entry, endpoint = found
        request_id = request_id_of(environ.get("HTTP_X_REQUEST_ID"))
        headers = [("ETag", entry.etag), REVALIDATE, ("X-Request-ID", request_id)]
        if entry.etag in environ.get("HTTP_IF_NONE_MATCH", ""):
            status, body = 304, b""
            answer = WholeResponse("304 NOT MODIFIED", headers, body)
        else:
            status, body = 200, entry.body
            whole = [JSON, ("Content-Length", str(len(body))), *headers]
            answer = WholeResponse("200 OK", whole, body)
        seconds = perf_counter() - started
        record_request(self._log, "GET", endpoint, status, seconds, request_id=request_id)
        return answer
