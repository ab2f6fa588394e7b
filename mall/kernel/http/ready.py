"""Public answers that are at hand, given before Flask is asked.

A path with its query string comes here only after the whole app has answered it once, so
every rule has been held against it. What else each request gets is kept: its id, its
place in the metrics, its log line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import perf_counter
from typing import TYPE_CHECKING

from flask import Flask

from mall.kernel.cache import Entry
from mall.kernel.http.observe import record_request, request_id_of, request_log

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

FindReady = Callable[[str, str], tuple[Entry, str] | None]
"""(path, query string) → the answer and the endpoint whose answer it is."""
JSON, REVALIDATE = ("Content-Type", "application/json"), ("Cache-Control", "no-cache")


def init_ready(app: Flask, find: FindReady) -> None:
    """Let `find` answer GET requests before the app does."""
    app.wsgi_app = _ReadyAnswers(app, find)  # type: ignore[method-assign]


class _ReadyAnswers:
    def __init__(self, app: Flask, find: FindReady) -> None:
        self._next, self._find, self._log = app.wsgi_app, find, request_log()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "GET":
            started = perf_counter()
            found = self._find(environ["PATH_INFO"], environ.get("QUERY_STRING", ""))
            if found is not None:
                return self._answer(environ, start_response, found, started)
        return self._next(environ, start_response)

    def _answer(
        self,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        found: tuple[Entry, str],
        started: float,
    ) -> Iterable[bytes]:
        entry, endpoint = found
        request_id = request_id_of(environ.get("HTTP_X_REQUEST_ID"))
        headers = [("ETag", entry.etag), REVALIDATE, ("X-Request-ID", request_id)]
        if entry.etag in environ.get("HTTP_IF_NONE_MATCH", ""):
            status, body = 304, b""
            start_response("304 NOT MODIFIED", headers)
        else:
            status, body = 200, entry.body
            start_response("200 OK", [JSON, ("Content-Length", str(len(body))), *headers])
        seconds = perf_counter() - started
        record_request(self._log, "GET", endpoint, status, seconds, request_id=request_id)
        return (body,)
