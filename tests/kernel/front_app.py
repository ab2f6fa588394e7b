"""A Flask app behind the event loop, for tests/kernel/test_front.py: it shows what reaches it."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from flask import Flask, Response, request

from mall.kernel.http.front import Front
from mall.kernel.http.parsing import WholeBodyRequest
from mall.kernel.registry import EXTENSION

LIMIT = 2_000
flask = Flask("shown")
flask.request_class = WholeBodyRequest
flask.config["MAX_CONTENT_LENGTH"] = LIMIT
flask.extensions |= {"mall.config": SimpleNamespace(web_threads=4), EXTENSION: {}}
closed = 0


@flask.route("/echo/<path:rest>", methods=["GET", "POST", "PUT", "DELETE"])
def echo(rest: str) -> dict[str, Any]:
    headers = {k: v for k, v in request.environ.items() if k.startswith("HTTP_X")}
    body = request.get_data().decode("latin-1")
    address = request.environ["REMOTE_ADDR"]
    return {"rest": rest, "args": request.args, "body": body, "from": address, **headers}


@flask.post("/upload")
def upload() -> dict[str, int]:
    request.max_content_length = 10_000_000
    return {"bytes": sum(map(len, iter(lambda: request.stream.read(65_536), b"")))}


@flask.get("/long/<int:pieces>")
def long(pieces: int) -> Response:
    def made() -> Iterator[bytes]:
        global closed  # noqa: PLW0603
        try:
            for number in range(pieces):
                yield b"%07d\n" % number * 1_000
        finally:
            closed += 1

    return Response(made(), mimetype="text/plain")


@flask.get("/closed")
def how_many_closed() -> dict[str, int]:
    return {"closed": closed}


@flask.get("/fault")
def fault() -> None:
    raise RuntimeError("a bug")


app = Front(flask)
