"""The event loop in front of Flask, under gunicorn: requests and answers are those of WSGI."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.kernel.front_app import LIMIT
from tests.support.parallel import free_port


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where the app listens, under a gunicorn of one process."""
    at = free_port()
    said = ["-m", "gunicorn", "-k", "asgi", "-b", f"127.0.0.1:{at}", "--no-control-socket"]
    with subprocess.Popen(
        [sys.executable, *said, "--log-level", "critical", "tests.kernel.front_app:app"],
        cwd=ROOT,
        env=os.environ,
    ) as process:
        try:
            _await(at)
            yield at
        finally:
            process.terminate()
            assert process.wait(15) == 0


def _await(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("gunicorn didn't start")


def ask(
    port: int, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> tuple[HTTPResponse, bytes]:
    """One request on a connection of its own."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request(method, path, body, headers or {}, encode_chunked=_chunked(body))
        answer = connection.getresponse()
        return answer, answer.read()


def _chunked(body: Any) -> bool:
    return body is not None and not isinstance(body, bytes)


def echo(port: int, method: str, path: str, *rest: Any) -> dict[str, Any]:
    answer, body = ask(port, method, path, *rest)
    assert answer.status == 200, body
    shown: dict[str, Any] = json.loads(body)
    return shown


def test_a_request_arrives_as_it_was_sent(port: int) -> None:
    shown = echo(port, "POST", "/echo/a%2Fb%20%E5%95%86?x=1%202", b"\x00\xff", {"X-One": "1"})
    assert shown == {
        "rest": "a/b 商",
        "args": {"x": "1 2"},
        "body": "\x00\xff",
        "from": "127.0.0.1",
        "HTTP_X_ONE": "1",
    }


def test_a_path_that_is_no_text_is_told_apart_from_others(port: int) -> None:
    """WSGI keeps the bytes; what can't be read becomes the replacement character."""
    assert echo(port, "GET", "/echo/%ff")["rest"] == "\N{REPLACEMENT CHARACTER}"


def test_a_header_with_an_underscore_cant_pass_for_another(port: int) -> None:
    shown = echo(port, "GET", "/echo/x", None, {"X_Forwarded_For": "6.6.6.6", "X-Real": "1"})
    assert "HTTP_X_FORWARDED_FOR" not in shown
    assert shown["HTTP_X_REAL"] == "1"


def test_chunks_make_a_body(port: int) -> None:
    pieces = [b"a" * 700, b"b" * 700]
    shown = echo(port, "PUT", "/echo/x", iter(pieces), {"Transfer-Encoding": "chunked"})
    assert shown["body"] == "a" * 700 + "b" * 700


def test_a_body_that_is_too_long_is_refused(port: int) -> None:
    assert ask(port, "POST", "/echo/x", b"x" * (LIMIT + 1))[0].status == 413


@pytest.mark.parametrize("pieces", [(LIMIT + 1,), (LIMIT, 1), (1, LIMIT), (LIMIT - 99, 50, 50)])
@pytest.mark.parametrize("pause_s", [0, 0.02], ids=["at once", "slowly"])
def test_chunks_that_are_too_long_together_are_refused(
    port: int, pieces: tuple[int, ...], pause_s: float
) -> None:
    """Never cut off, however they arrive."""

    def sent() -> Iterator[bytes]:
        for size in pieces:
            yield b"x" * size
            time.sleep(pause_s)

    answer, _ = ask(port, "POST", "/echo/x", sent(), {"Transfer-Encoding": "chunked"})
    assert answer.status == 413


@pytest.mark.parametrize("chunked", [False, True])
def test_a_view_that_takes_more_gets_all_of_it(port: int, chunked: bool) -> None:
    whole = os.urandom(3_000_000)
    if chunked:
        pieces = (whole[i : i + 50_000] for i in range(0, len(whole), 50_000))
        answer, body = ask(port, "POST", "/upload", pieces, {"Transfer-Encoding": "chunked"})
    else:
        answer, body = ask(port, "POST", "/upload", whole)
    assert (answer.status, json.loads(body)) == (200, {"bytes": len(whole)})


def test_a_long_answer_arrives_whole_and_in_order(port: int) -> None:
    answer, body = ask(port, "GET", "/long/500")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert body == b"".join(b"%07d\n" % n * 1_000 for n in range(500))


def test_a_client_that_goes_ends_a_long_answer(port: int) -> None:
    before = json.loads(ask(port, "GET", "/closed")[1])["closed"]
    with socket.create_connection(("127.0.0.1", port), 5) as client:
        client.sendall(b"GET /long/100000 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(1_000)
    deadline = time.monotonic() + 15
    while json.loads(ask(port, "GET", "/closed")[1])["closed"] == before:
        assert time.monotonic() < deadline, "the generator was never closed"
        time.sleep(0.05)


def test_clients_that_are_slow_hold_no_thread(port: int) -> None:
    """The app has four threads; twelve requests wait for their last byte."""
    slow = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(12)]
    head = b"POST /echo/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabc"
    for client in slow:
        client.sendall(head)
    assert echo(port, "GET", "/echo/quick")["rest"] == "quick"
    for client in slow:
        client.sendall(b"d")
        assert client.recv(4_000).startswith(b"HTTP/1.1 200")
        client.close()


def test_many_at_once_get_their_own_answers(port: int) -> None:
    def one(number: int) -> str:
        return str(echo(port, "POST", f"/echo/{number}", b"%d" % number)["body"])

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(one, range(200))) == [str(n) for n in range(200)]


def test_a_connection_is_kept(port: int) -> None:
    with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        for number in range(3):
            connection.request("POST", f"/echo/{number}", b"x" * number)
            answer = connection.getresponse()
            assert json.loads(answer.read())["body"] == "x" * number


def test_head_has_no_body_but_its_length(port: int) -> None:
    answer, body = ask(port, "HEAD", "/echo/x")
    assert (answer.status, body) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 0


def test_a_bug_is_500_and_the_next_request_is_fine(port: int) -> None:
    assert ask(port, "GET", "/fault")[0].status == 500
    assert echo(port, "GET", "/echo/next")["rest"] == "next"
