"""A benchmark goes on: a fault costs one row, and a load that runs dry still has a rate."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks import load, report
from benchmarks.load import request_bytes
from benchmarks.report import Row


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def measured() -> Iterator[Row]:
    yield Row("first", 1.0, "1/s")
    raise RuntimeError("the server said no")


def test_a_fault_is_one_failed_row(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(report, "OUTPUT", tmp_path)

    def rows() -> Iterator[Row]:
        yield from report.attempt("broken", measured)
        (kept,) = json.loads((tmp_path / "x.json").read_text())["rows"][:1]
        assert kept["figure"] == "first", "what was measured is kept as it comes"
        yield from report.attempt("whole", lambda: [report.at_least("next", 2, "ratio", 1)])

    found = report.publish("x", rows())
    assert [(row.figure, row.value, row.holds) for row in found] == [
        ("first", 1.0, None),
        ("broken", None, False),
        ("next", 2, True),
    ]
    assert found[1].reason == "RuntimeError: the server said no"
    assert len(json.loads((tmp_path / "x.json").read_text())["rows"]) == 3


def test_a_load_that_runs_dry_ends_early_with_its_rate(port: int) -> None:
    requests = [request_bytes("GET", "/")] * 20
    outcome = load.run(port, requests, connections=4, seconds=30, once=True)
    assert outcome.statuses == {200: 20}
    assert outcome.seconds < 15
    assert outcome.per_second == pytest.approx(20 / outcome.seconds)
