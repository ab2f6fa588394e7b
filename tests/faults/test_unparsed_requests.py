"""What the web server refuses before the app sees it has the app's error shape."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPResponse
from urllib.parse import urlsplit

from tests.faults.mall_process import RunningWeb, Web
from tests.support.payments import Shop
from tests.support.wording import reads_as_chinese

HOST = b"Host: x\r\n"
UNPARSED = {
    "a long request line": (b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\n" + HOST, 414, "uri_too_long"),
    "a large header": (
        b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"x" * 20_000 + b"\r\n",
        431,
        "headers_too_large",
    ),
    "many headers": (
        b"GET / HTTP/1.1\r\n" + HOST + b"".join(b"X-%d: x\r\n" % one for one in range(200)),
        431,
        "headers_too_large",
    ),
    "no HTTP": (b"\x16\x03\x01 hello\r\n", 400, "bad_request"),
    "a header without a name": (b"GET / HTTP/1.1\r\n" + HOST + b": x\r\n", 400, "bad_request"),
    "a length that is no number": (
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: five\r\n",
        400,
        "bad_request",
    ),
    "an unknown transfer coding": (
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: bunched\r\n",
        501,
        "not_supported",
    ),
}


def test_unparsed_requests(shop: Shop, web: Callable[..., Web]) -> None:
    with web() as running:
        for what, (request, status, code) in UNPARSED.items():
            answer, body = asked(running, request + b"\r\n")
            assert (answer.status, answer.getheader("Content-Type")) == (
                status,
                "application/json",
            ), (what, body)
            error = json.loads(body)["error"]
            assert set(error) == {"type", "code", "message", "param", "request_id"}, what
            assert (error["code"], error["param"]) == (code, None), what
            assert reads_as_chinese(error["message"]), what
            assert error["request_id"] == answer.getheader("X-Request-ID"), what
            assert answer.will_close, what
        answer, _ = asked(running, b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n")
        assert answer.status == 200


def asked(web: RunningWeb, request: bytes) -> tuple[HTTPResponse, bytes]:
    address = urlsplit(web.url)
    assert address.hostname
    assert address.port
    with closing(socket.create_connection((address.hostname, address.port), 10)) as connection:
        connection.sendall(request)
        answer = HTTPResponse(connection)
        answer.begin()
        return answer, answer.read()
