"""Presses and looks, answered in front of Flask.

Only what is plainly one of the two is taken; whatever is odd about a request (another
content type, an unknown field, no key) goes to Flask's own route, which refuses it as any
other. Both give the same bytes: a test holds them together over all answers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from io import BytesIO
from time import perf_counter
from typing import TYPE_CHECKING, Any

from flask import Flask

from mall.config import Settings
from mall.flashsale.admission import Admission, Wish
from mall.flashsale.answers import Answer
from mall.flashsale.gate.keys import TicketId
from mall.flashsale.gate.line import Down
from mall.kernel.http.observe import logs_requests, observe, request_id_of, write_line
from mall.kernel.http.schemas import MAX_ID, MAX_QUANTITY

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PRESS, LOOK = "flash_purchases.purchase", "flash_purchases.ticket"
_ITEMS, _PURCHASES = "/api/v1/flash-items/", "/purchases"
_TICKETS = "/api/v1/flash-tickets/"
_AT = len(_ITEMS)
_LONGEST_BODY = 1024
_JSON = ("Content-Type", "application/json")


class FastPath:
    """Takes the two requests of a sale; hands everything else on."""

    def __init__(self, app: Flask, admission: Admission, logs: bool) -> None:
        self._next: Callable[..., Iterable[bytes]] = app.wsgi_app
        self._admission, self._logs = admission, logs

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith("/api/v1/flash-") and not environ.get("QUERY_STRING"):
            started = perf_counter()
            method = environ["REQUEST_METHOD"]
            request_id = request_id_of(environ)
            if method == "POST":
                answer, endpoint = self._press(path, environ, request_id), PRESS
            elif method == "GET":
                answer, endpoint = self._look(path, environ, request_id), LOOK
            else:
                answer = None
            if answer is not None:
                body = answer.body
                headers = [
                    _JSON,
                    ("Content-Length", str(len(body))),
                    *answer.headers,
                    ("X-Request-ID", request_id),
                ]
                start_response(answer.line, headers)
                seconds = perf_counter() - started
                observe(endpoint, answer.status, seconds)
                if self._logs:
                    user_id = answer.user_id
                    who = f',"user_id":{user_id}' if user_id is not None else ""
                    write_line(request_id, method, endpoint, answer.status, seconds, who=who)
                return (body,)
        return self._next(environ, start_response)

    def _press(self, path: str, environ: dict[str, Any], request_id: str) -> Answer | None:
        if not path.endswith(_PURCHASES) or not path.startswith(_ITEMS):
            return None
        item_id = _id(path[_AT : -len(_PURCHASES)])
        if item_id is None:
            return None
        known = self._admission.sold_out(item_id, environ)
        if known is not None:
            return known.answer(request_id)
        body = _body(environ)
        wanted = _wanted(body) if body else None
        if wanted is None:
            return None
        return self._admission.press(item_id, environ, Wish(body, *wanted), request_id)

    def _look(self, path: str, environ: dict[str, Any], request_id: str) -> Answer | None:
        if not path.startswith(_TICKETS) or "HTTP_FLASH_PASS" not in environ:
            return None
        ticket = TicketId.parse(path[len(_TICKETS) :])
        if ticket is None:
            return None
        user_id = self._admission.looker(environ, request_id)
        if isinstance(user_id, Answer):
            return user_id
        refused = self._admission.too_often(user_id, environ, request_id)
        if refused is not None:
            return refused
        try:
            return self._admission.look(ticket, user_id)
        except Down:
            return None


def _id(text: str) -> int | None:
    """The id in a path, as the router takes it."""
    if not (text.isascii() and text.isdigit() and text[0] != "0" and len(text) <= 19):
        return None
    number = int(text)
    return number if number <= MAX_ID else None


def _body(environ: dict[str, Any]) -> bytes:
    """The body of an ordinary request; nothing of any other. What was read can be read again."""
    if environ.get("CONTENT_TYPE") != "application/json":
        return b""
    length = environ.get("CONTENT_LENGTH") or ""
    if not length.isdigit() or not 0 < int(length) <= _LONGEST_BODY:
        return b""
    body: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = BytesIO(body)
    return body


def _wanted(body: bytes) -> tuple[int, int] | None:
    """Units and address of a body that is as it should be to the letter."""
    try:
        said = json.loads(body.decode())
        units, address = said["units"], said["address_id"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if len(said) != 2 or type(units) is not int or not 1 <= units <= MAX_QUANTITY:
        return None
    address_id = _id(address) if type(address) is str and address else None
    return None if address_id is None else (units, address_id)


def init_fast_path(app: Flask, settings: Settings, admission: Admission) -> None:
    """Mount it, unless the settings leave these requests to Flask."""
    if settings.flash_fast_path:
        path = FastPath(app, admission, logs_requests(settings))
        app.wsgi_app = path  # type: ignore[method-assign]
