"""The fast path in front of Flask under a WSGI server."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import BytesIO
from time import perf_counter
from typing import TYPE_CHECKING, Any

from flask import Flask
from structlog.typing import FilteringBoundLogger

from mall.config import Config
from mall.flashsale.admission import Admission, Wish, asked_of
from mall.flashsale.answers import Answer
from mall.flashsale.fast_path import requests
from mall.flashsale.gate.line import at_once
from mall.kernel.http.observe import request_id_of, request_log

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_JSON = ("Content-Type", "application/json")


class FastPath:
    """Takes the two requests of a sale; hands everything else on."""

    def __init__(self, app: Flask, admission: Admission, log: FilteringBoundLogger) -> None:
        self._next: Callable[..., Iterable[bytes]] = app.wsgi_app
        self._admission, self._log = admission, log

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith(requests.SALES) and not environ.get("QUERY_STRING"):
            started = perf_counter()
            method = environ["REQUEST_METHOD"]
            request_id = request_id_of(environ.get("HTTP_X_REQUEST_ID"))
            answer = self._answer(method, path, environ, request_id)
            if answer is not None:
                body = answer.body
                headers = [
                    _JSON,
                    ("Content-Length", str(len(body))),
                    *answer.headers,
                    ("X-Request-ID", request_id),
                ]
                start_response(answer.line, headers)
                requests.told(self._log, answer, method, request_id, started)
                return (body,)
        return self._next(environ, start_response)

    def _answer(
        self, method: str, path: str, environ: dict[str, Any], request_id: str
    ) -> Answer | None:
        if method == "POST":
            return self._press(path, environ, request_id)
        return self._look(path, environ, request_id) if method == "GET" else None

    def _press(self, path: str, environ: dict[str, Any], request_id: str) -> Answer | None:
        item_id = requests.item_pressed(path)
        if item_id is None:
            return None
        asked = asked_of(environ)
        known = self._admission.sold_out(item_id, again=asked.again)
        if known is not None:
            return known.answer(request_id)
        body = _body(environ)
        wanted = requests.wanted(body) if body else None
        if wanted is None:
            return None
        return at_once(self._admission.press(item_id, asked, Wish(body, *wanted), request_id))

    def _look(self, path: str, environ: dict[str, Any], request_id: str) -> Answer | None:
        ticket = requests.ticket_looked_at(path)
        if ticket is None or "HTTP_FLASH_PASS" not in environ:
            return None
        asked = asked_of(environ)
        return at_once(self._admission.look_by_pass(ticket, asked, request_id))


def _body(environ: dict[str, Any]) -> bytes:
    """The body of an ordinary request; nothing of any other. What was read can be read again."""
    if environ.get("CONTENT_TYPE") != "application/json":
        return b""
    length = requests.usual_length(environ.get("CONTENT_LENGTH") or "")
    if not length:
        return b""
    body: bytes = environ["wsgi.input"].read(length)
    environ["wsgi.input"] = BytesIO(body)
    return body


def init_fast_path(app: Flask, config: Config, admission: Admission) -> None:
    """Mount it, unless the configuration leaves these requests to Flask."""
    if config.flash_fast_path:
        path = FastPath(app, admission, request_log())
        app.wsgi_app = path  # type: ignore[method-assign]
