"""The flash tier: the mall under an ASGI server, for hosts that serve flash sales alone.

Purchase attempts and polls are answered in the event loop, over one connection to Redis that they
all share; everything else goes to Flask, in threads. Only what is plainly one of the two is taken:
whatever is odd about a request (another content type, an unknown field, no key) goes to Flask's
own route, which refuses it as any other. Both give the same bytes: a test compares them over all
answers. What this is worth is in docs/flashsale.md ("Speed").
"""

from __future__ import annotations

from collections.abc import Iterable
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from a2wsgi import WSGIMiddleware
from flask import Flask
from werkzeug.http import parse_list_header

from mall.config import Config
from mall.flashsale.gate.pool import pool_for
from mall.flashsale.gate.store import gate_store
from mall.flashsale.purchase import request_parsing
from mall.flashsale.purchase.admission import ClientInfo, PurchaseRequest, admission, run_async
from mall.flashsale.purchase.answers import Answer
from mall.kernel.http.observe import request_id_of, request_log

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from a2wsgi.asgi_typing import HTTPResponseStartEvent, HTTPScope, Receive, Scope, Send

FLASK_THREADS = 8
Headers: TypeAlias = dict[bytes, bytes]
_JSON = (b"content-type", b"application/json")


class FlashTier:
    """An ASGI app around the mall. `/api/v1/flash-items/` and `/api/v1/flash-tickets/` are what
    it is for; all other requests are answered too, at Flask's speed."""

    def __init__(self, app: Flask) -> None:
        config: Config = app.extensions["mall.config"]
        with app.app_context():
            self._admission, self._pool = admission(), pool_for(gate_store())
        self._flask = WSGIMiddleware(_to_its_end(app), workers=FLASK_THREADS)
        self._hops, self._log = config.trusted_proxies, request_log()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._flask(scope, receive, send)
            return
        read: list[Any] = []
        if scope["path"].startswith(request_parsing.SALES):
            started = perf_counter()
            headers: Headers = dict(scope["headers"])
            request_id = request_id_of(_text(headers, b"x-request-id"))
            answer = None
            if _is_plain(scope, headers):
                answer = self._sold_out(scope, headers, request_id)
                if answer is None:
                    answer = await self._answer(scope, headers, receive, read, request_id)
            if answer is not None:
                await send(_start_of(answer, request_id))
                await send({"type": "http.response.body", "body": answer.body})
                request_parsing.observe(self._log, answer, scope["method"], request_id, started)
                return
        await self._flask(_without_underscores(scope), _once_more(read, receive), send)

    def _sold_out(self, scope: HTTPScope, headers: Headers, request_id: str) -> Answer | None:
        """Before anything is read: sold out costs the least."""
        item_id = request_parsing.purchased_item(scope["path"])
        if item_id is None or scope["method"] != "POST":
            return None
        known = self._admission.sold_out(item_id, again=b"idempotent-retry" in headers)
        return known.answer(request_id) if known is not None else None

    async def _answer(
        self,
        scope: HTTPScope,
        headers: Headers,
        receive: Receive,
        read: list[Any],
        request_id: str,
    ) -> Answer | None:
        if scope["method"] == "POST":
            item_id = request_parsing.purchased_item(scope["path"])
            body = await _usual_body(headers, receive, read) if item_id is not None else b""
            said = request_parsing.units_and_address(body) if body else None
            if item_id is not None and said is not None:
                client, wanted = self._client(scope, headers), PurchaseRequest(body, *said)
                steps = self._admission.attempt(item_id, client, wanted, request_id)
                return await run_async(steps, self._pool.ask)
        elif scope["method"] == "GET" and b"flash-pass" in headers:
            ticket = request_parsing.polled_ticket(scope["path"])
            if ticket is not None:
                client = self._client(scope, headers)
                polled = self._admission.poll_by_token(ticket, client, request_id)
                return await run_async(polled, self._pool.ask)
        return None

    def _client(self, scope: HTTPScope, headers: Headers) -> ClientInfo:
        return ClientInfo(
            self._address(scope, headers),
            _text(headers, b"idempotency-key") or "",
            _text(headers, b"flash-pass"),
            _text(headers, b"flash-device"),
            b"idempotent-retry" in headers,
        )

    def _address(self, scope: HTTPScope, headers: Headers) -> str:
        """The client's, as ProxyFix finds it behind our own proxies."""
        if self._hops:
            via = parse_list_header(_text(headers, b"x-forwarded-for") or "")
            if len(via) >= self._hops and via[-self._hops]:
                return via[-self._hops]
        client = scope.get("client")
        return client[0] if client else ""


async def _usual_body(headers: Headers, receive: Receive, read: list[Any]) -> bytes:
    """All of an ordinary body; nothing of any other. The events that were received are added to
    `read`, so that Flask can have them too."""
    if headers.get(b"content-type") != b"application/json":
        return b""
    length = request_parsing.usual_length(headers.get(b"content-length", b"").decode("latin-1"))
    body = b""
    while len(body) < length:
        event: Any = await receive()
        read.append(event)
        if event["type"] != "http.request":  # the client is gone
            return b""
        body += event.get("body", b"")
        if not event.get("more_body"):
            break
    return body if len(body) == length else b""


def _is_plain(scope: HTTPScope, headers: Headers) -> bool:
    """No query, and no header came twice."""
    return not scope["query_string"] and len(headers) == len(cast(list[Any], scope["headers"]))


def _once_more(read: list[Any], receive: Receive) -> Receive:
    """What was read, then what comes."""

    async def received() -> Any:
        return read.pop(0) if read else await receive()

    return received


def _start_of(answer: Answer, request_id: str) -> HTTPResponseStartEvent:
    headers = [
        _JSON,
        (b"content-length", b"%d" % len(answer.body)),
        (b"x-request-id", request_id.encode()),
    ]
    if answer.headers:
        headers += [(name.lower().encode(), value.encode()) for name, value in answer.headers]
    return {"type": "http.response.start", "status": answer.status, "headers": headers}


def _text(headers: Headers, name: bytes) -> str | None:
    """As WSGI has it."""
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")


def _without_underscores(scope: HTTPScope) -> HTTPScope:
    """WSGI can't tell X_Forwarded_For from X-Forwarded-For, which our proxies vouch for."""
    headers = list(scope["headers"])
    if not any(b"_" in name for name, _ in headers):
        return scope
    return {**scope, "headers": [one for one in headers if b"_" not in one[0]]}


def _to_its_end(app: Flask) -> Any:
    """An ASGI server tells where a body ends, also that of a request without a length."""

    def called(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.input_terminated"] = True
        return app(environ, start_response)

    return called
