"""gunicorn's ASGI worker, except that its stop doesn't wait for idle connections, and that what it
refuses itself is told in the mall's error shape.

gunicorn itself waits until an idle connection has been so for `keepalive` seconds, and for one on
which nothing was ever asked until `graceful_timeout` is over. It has no public way to close them.

A request that gunicorn can't parse never reaches the app, and gunicorn answers in English plain
text. No setting of gunicorn's changes that either.

What is used of its insides is in this file: tests/faults/test_shutdown.py and
tests/faults/test_unparsed_requests.py notice a change.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from weakref import WeakSet

from gunicorn.workers import gasgi  # type: ignore[import-untyped]

REFUSALS = {
    400: ("invalid_request", "bad_request", "请求格式有误"),
    414: ("invalid_request", "uri_too_long", "请求的网址过长"),
    426: ("invalid_request", "upgrade_required", "不支持该连接方式"),
    431: ("invalid_request", "headers_too_large", "请求头过大"),
    500: ("internal", "internal_error", "服务出错了，请稍后再试"),
    501: ("invalid_request", "not_supported", "不支持该传输方式"),
}
"""The type, the code and the message of each status that gunicorn answers by itself. Said as the
app says them (`mall.kernel.http.errors`), which this package doesn't know; a test compares both."""


JUST_MADE_S = 0.3
"""How long a stop waits for the first request on connections that were just made. A balancer sends
it right away; closed before that, it would tell its client 502, since a POST isn't sent again."""


class Connection(gasgi.ASGIProtocol):
    """A client's connection, which its worker can find."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.worker.connections.add(self)

    def close_if_idle(self) -> None:
        """Close it if it waits for a request and none has come, as after `keepalive` seconds."""
        if self._awaiting_request and not self._request_ready.is_set():
            self._keepalive_timeout()

    def _send_error_response(
        self, status: int, message: str, extra_headers: Iterable[tuple[str, str]] = ()
    ) -> None:
        """Refuse what never reaches the app. gunicorn's own `message` may quote the request."""
        self._safe_write(refusal(status, extra_headers))


def refusal(status: int, extra_headers: Iterable[tuple[str, str]] = ()) -> bytes:
    """A whole answer in the one error shape, after which the connection is closed."""
    type_, code, message = REFUSALS.get(status, REFUSALS[400 if status < 500 else 500])
    request_id = f"{random.getrandbits(64):016x}"  # a name, not a secret
    error = {"type": type_, "code": code, "message": message, "param": None}
    shape = {"error": {**error, "request_id": request_id}}
    body = json.dumps(shape, ensure_ascii=False).encode() + b"\n"
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("X-Request-ID", request_id),
        *extra_headers,
        ("Connection", "close"),
    ]
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


async def _say_stopping(send: Any) -> None:
    body = json.dumps({"status": "not_ready", "checks": {"process": "stopping"}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class WebWorker(gasgi.ASGIWorker):
    """Answers what was asked before SIGTERM, then stops.

    For MALL_DRAIN_S seconds after SIGTERM it serves on, and /readyz says that it stops: as long as
    a load balancer takes to see that and to send its requests elsewhere.
    """

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.connections: WeakSet[Connection] = WeakSet()
        self.asgi: Any = None
        self.draining = False

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self.asgi = self._unless_draining(self.asgi)

    def _unless_draining(self, app: Any) -> Any:
        async def answer(scope: Any, receive: Any, send: Any) -> None:
            if self.draining and scope.get("path") == "/readyz":
                await _say_stopping(send)
            else:
                await app(scope, receive, send)

        return answer

    async def _drain(self) -> None:
        self.draining = True
        until = self.loop.time() + float(os.environ.get("MALL_DRAIN_S") or 0)
        while self.loop.time() < until and not self._quick_shutdown:
            self.notify()
            await asyncio.sleep(0.1)

    async def _shutdown(self) -> None:
        await self._drain()
        for server in self.servers:
            server.close()
        await asyncio.sleep(JUST_MADE_S)
        for connection in list(self.connections):
            connection.close_if_idle()
        await super()._shutdown()


gasgi.ASGIProtocol = Connection  # the worker looks the class up there
