"""Flash sales in the event loop (`mall.kernel.http.front`), over one connection to Redis that all
purchase attempts and polls share.

Only what is plainly one of the two is answered here: whatever is odd about a request (another
content type, an unknown field, no key) goes to Flask's own route, which refuses it as any other.
Both give the same bytes: a test compares them over all answers. What this is worth is in
docs/flashsale.md ("Speed").
"""

from __future__ import annotations

from time import perf_counter
from typing import TypeAlias

from flask import Flask
from werkzeug.http import parse_list_header

from mall.config import Config
from mall.flashsale.gate.pool import pool_for
from mall.flashsale.gate.store import gate_store
from mall.flashsale.purchase import request_parsing
from mall.flashsale.purchase.admission import ClientInfo, PurchaseRequest, admission, run_async
from mall.flashsale.purchase.answers import Answer
from mall.kernel.http.handover import Event, Receive, Scope, Send
from mall.kernel.http.observe import request_id_of, request_log

Headers: TypeAlias = dict[bytes, bytes]
_JSON = (b"content-type", b"application/json")


class FlashPurchases:
    """Handles `/api/v1/flash-items/` and `/api/v1/flash-tickets/`."""

    def __init__(self, app: Flask) -> None:
        config: Config = app.extensions["mall.config"]
        with app.app_context():
            self._admission, self._pool = admission(), pool_for(gate_store())
        self._hops, self._log = config.trusted_proxies, request_log()

    async def __call__(self, scope: Scope, receive: Receive, send: Send, read: list[Event]) -> bool:
        """Answer a purchase attempt or a poll; False for everything else."""
        started = perf_counter()
        headers: Headers = dict(scope["headers"])
        if not _is_plain(scope, headers):
            return False
        request_id = request_id_of(_text(headers, b"x-request-id"))
        answer = self._sold_out(scope, headers, request_id)
        if answer is None:
            answer = await self._answer(scope, headers, receive, read, request_id)
        if answer is None:
            return False
        await send(_start_of(answer, request_id))
        await send({"type": "http.response.body", "body": answer.body})
        request_parsing.observe(self._log, answer, scope["method"], request_id, started)
        return True

    def _sold_out(self, scope: Scope, headers: Headers, request_id: str) -> Answer | None:
        """Before anything is read: sold out costs the least."""
        item_id = request_parsing.purchased_item(scope["path"])
        if item_id is None or scope["method"] != "POST":
            return None
        known = self._admission.sold_out(item_id, again=b"idempotent-retry" in headers)
        return known.answer(request_id) if known is not None else None

    async def _answer(
        self,
        scope: Scope,
        headers: Headers,
        receive: Receive,
        read: list[Event],
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

    def _client(self, scope: Scope, headers: Headers) -> ClientInfo:
        return ClientInfo(
            self._address(scope, headers),
            _text(headers, b"idempotency-key") or "",
            _text(headers, b"flash-pass"),
            _text(headers, b"flash-device"),
            b"idempotent-retry" in headers,
        )

    def _address(self, scope: Scope, headers: Headers) -> str:
        """The client's, as ProxyFix finds it behind our own proxies."""
        if self._hops:
            via = parse_list_header(_text(headers, b"x-forwarded-for") or "")
            if len(via) >= self._hops and via[-self._hops]:
                return via[-self._hops]
        client = scope.get("client")
        return client[0] if client else ""


async def _usual_body(headers: Headers, receive: Receive, read: list[Event]) -> bytes:
    """All of an ordinary body; nothing of any other. The events that were received are added to
    `read`, so that Flask can have them too."""
    if headers.get(b"content-type") != b"application/json":
        return b""
    length = request_parsing.usual_length(headers.get(b"content-length", b"").decode("latin-1"))
    body = b""
    while len(body) < length:
        event = await receive()
        read.append(event)
        if event["type"] != "http.request":  # the client is gone
            return b""
        body += event.get("body", b"")
        if not event.get("more_body"):
            break
    return body if len(body) == length else b""


def _is_plain(scope: Scope, headers: Headers) -> bool:
    """No query, and no header came twice."""
    return not scope["query_string"] and len(headers) == len(scope["headers"])


def _start_of(answer: Answer, request_id: str) -> Event:
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
