"""The port of a worker: alive or stuck, and its figures."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import click
import pytest
import requests
from prometheus_client import Counter

from mall.kernel import worker_port
from mall.kernel.worker_port import Pulse, serve_port
from tests.support.parallel import free_port

MOVED = Counter("tests_worker_port_moved", "For the test of the port")


@pytest.fixture
def pulse() -> Pulse:
    return Pulse()


@pytest.fixture
def url(pulse: Pulse) -> Iterator[str]:
    port = free_port()
    server = serve_port("127.0.0.1", port, pulse)
    assert server is not None
    with contextlib.closing(server.socket):
        yield f"http://127.0.0.1:{port}"
        server.shutdown()


def test_alive_until_nothing_has_moved_for_a_minute(
    url: str, pulse: Pulse, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert requests.get(f"{url}/healthz", timeout=5).json() == {"status": "ok"}
    monkeypatch.setattr(worker_port, "STUCK_S", 0.05)
    time.sleep(0.1)
    stuck = requests.get(f"{url}/healthz", timeout=5)
    assert (stuck.status_code, stuck.json()) == (503, {"status": "stuck"})
    pulse.beat()
    assert requests.get(f"{url}/healthz", timeout=5).status_code == 200


def test_its_figures(url: str) -> None:
    MOVED.inc(3)
    answer = requests.get(f"{url}/metrics", timeout=5)
    assert "tests_worker_port_moved_total 3.0" in answer.text
    assert requests.get(f"{url}/other", timeout=5).status_code == 404


def test_a_silent_caller_keeps_nobody_waiting(url: str) -> None:
    address = urlsplit(url)
    with socket.create_connection((address.hostname or "", address.port or 0), 5):
        assert requests.get(f"{url}/healthz", timeout=5).status_code == 200


def test_a_port_that_is_taken(url: str) -> None:
    taken = urlsplit(url).port or 0
    with pytest.raises(click.ClickException, match=f"can't listen on 127.0.0.1:{taken}"):
        serve_port("127.0.0.1", taken, Pulse())


def test_none_is_asked_for() -> None:
    assert serve_port("127.0.0.1", 0, Pulse()) is None
