"""SIGTERM while shoppers press: what was begun is finished, what wasn't leaves nothing."""

from __future__ import annotations

import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import requests
from sqlalchemy import text

from mall.kernel.db import db
from tests.faults.mall_process import Web
from tests.faults.pressing import wanted
from tests.support.inventory import stock
from tests.support.payments import Shop

SHOPPERS, PRESSES = 8, 100
"""More presses than a web answers between SIGTERM and its end."""
GRACE_S = 20
"""`graceful_timeout` of deploy/gunicorn.conf.py: a stop that waited would take so long."""


def test_a_deploy_loses_no_order(shop: Shop, web: Callable[..., Web]) -> None:
    body, token = wanted(shop, 1), str(shop.shopper.token)
    stock(shop.sku_id, SHOPPERS * PRESSES)
    placed: list[str] = []
    cut: list[str] = []
    pressed = threading.Event()

    with web() as running:

        def press() -> None:
            for _ in range(PRESSES):
                key = uuid.uuid4().hex
                try:
                    answer = running.post("/api/v1/orders", body, token, key)
                except requests.RequestException:
                    cut.append(key)
                    return
                assert answer.status_code == 201, answer.text
                placed.append(key)
                pressed.set()

        threads = [threading.Thread(target=press) for _ in range(SHOPPERS)]
        for thread in threads:
            thread.start()
        assert pressed.wait(20)
        running.process.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join(60)
        assert running.process.wait(30) == 0
    assert placed
    assert cut, "the web stopped only after the last press"
    db.session.rollback()
    kept = set(db.session.scalars(text("SELECT key FROM idempotency_records")))
    assert kept == set(placed), "an order was placed and its answer was lost"


def test_it_serves_on_until_the_balancer_has_seen(shop: Shop, web: Callable[..., Web]) -> None:
    with web(drain_s="3") as running:
        assert requests.get(f"{running.url}/readyz", timeout=5).status_code == 200
        stopped_at = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        time.sleep(1.5)
        ready = requests.get(f"{running.url}/readyz", timeout=5)
        assert (ready.status_code, ready.json()["checks"]) == (503, {"process": "stopping"})
        assert requests.get(f"{running.url}/api/v1/categories", timeout=5).status_code == 200
        assert running.process.wait(30) == 0
        assert 3 <= time.monotonic() - stopped_at < GRACE_S


def test_what_comes_on_a_connection_that_was_just_made_is_answered(
    shop: Shop, web: Callable[..., Web]
) -> None:
    """A balancer has connected and is about to send when the listening ends."""
    with web() as running:
        address = urlsplit(running.url)
        assert address.hostname
        assert address.port
        with closing(HTTPConnection(address.hostname, address.port, timeout=10)) as made:
            made.connect()
            running.process.send_signal(signal.SIGTERM)
            while not refuses(address.hostname, address.port):
                pass
            made.request("GET", "/healthz")
            answer = made.getresponse()
            assert (answer.status, answer.will_close) == (200, True)
            answer.read()
            assert running.process.wait(30) == 0


def refuses(host: str, port: int) -> bool:
    """Whether nobody listens there any more."""
    try:
        socket.create_connection((host, port), 5).close()
    except ConnectionError:
        return True
    return False


def test_a_stop_does_not_wait_for_idle_connections(shop: Shop, web: Callable[..., Web]) -> None:
    with web() as running:
        address = urlsplit(running.url)
        assert address.hostname
        assert address.port
        silent = socket.create_connection((address.hostname, address.port), 5)
        with closing(silent), closing(HTTPConnection(address.hostname, address.port)) as kept:
            kept.request("GET", "/healthz")
            answer = kept.getresponse()
            answer.read()
            assert not answer.will_close
            stopped_at = time.monotonic()
            running.process.send_signal(signal.SIGTERM)
            assert running.process.wait(30) == 0
            assert time.monotonic() - stopped_at < GRACE_S / 2
            assert silent.recv(1) == b"", "closed, not reset"
