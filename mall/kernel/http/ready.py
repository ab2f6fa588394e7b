"""Public answers that are at hand, given before Flask is asked.

A path with its query string comes here only after the whole app has answered it once, so
every rule has been held against it. What else each request gets is kept: its id, its
place in the metrics, its log line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from flask import Flask

from mall.kernel.cache import Entry
from mall.kernel.http.observe import record_request, request_id_of, request_log

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

FindReady = Callable[[str, str], tuple[Entry, str] | None]
"""(path, query string) → the answer and the endpoint whose answer it is."""
JSON, REVALIDATE = ("Content-Type", "application/json"), ("Cache-Control", "no-cache")


_EXTENSION = "mall.ready_answers"


def init_ready(app: Flask, find: FindReady) -> None:
    """Let `find` answer GET requests before the app does."""
    ready = app.extensions[_EXTENSION] = ReadyAnswers(app, find)
    app.wsgi_app = ready  # type: ignore[method-assign]


def ready_answers(app: Flask) -> ReadyAnswers | None:
    """The answers that stand before an app, for a server that asks them itself."""
    return app.extensions.get(_EXTENSION)


class WholeAnswer(NamedTuple):
    """A whole answer: status line, headers, body."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


class ReadyAnswers:
    """The WSGI layer before an app."""

    def __init__(self, app: Flask, find: FindReady) -> None:
        self._next, self._find, self._log = app.wsgi_app, find, request_log()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        found = self.answer(environ) if environ["REQUEST_METHOD"] == "GET" else None
        if found is None:
            return self._next(environ, start_response)
        start_response(found.status, found.headers)
        return (found.body,)

    def has(self, path: str, query: str) -> bool:
        """Whether an answer is at hand."""
        return self._find(path, query) is not None

    def answer(self, environ: WSGIEnvironment) -> WholeAnswer | None:
        """The answer to a GET request, if it is at hand; it is counted and logged."""
        started = perf_counter()
        found = self._find(environ["PATH_INFO"], environ.get("QUERY_STRING", ""))
        if found is None:
            return None
        entry, endpoint = found
        request_id = request_id_of(environ.get("HTTP_X_REQUEST_ID"))
        headers = [("ETag", entry.etag), REVALIDATE, ("X-Request-ID", request_id)]
        if entry.etag in environ.get("HTTP_IF_NONE_MATCH", ""):
            status, body = 304, b""
            answer = WholeAnswer("304 NOT MODIFIED", headers, body)
        else:
            status, body = 200, entry.body
            whole = [JSON, ("Content-Length", str(len(body))), *headers]
            answer = WholeAnswer("200 OK", whole, body)
        seconds = perf_counter() - started
        record_request(self._log, "GET", endpoint, status, seconds, request_id=request_id)
        return answer
