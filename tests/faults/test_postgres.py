"""PostgreSQL goes away and comes back, or has no connection left: 503, then all is well."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from mall.kernel.db import connect_transactional, db
from mall.runtime.postgres import EmbeddedPostgres
from tests.faults.mall_process import Web
from tests.faults.pressing import orders, wanted
from tests.support.http import error_code
from tests.support.inventory import Units, units
from tests.support.payments import Shop

POOL_PATIENCE_S = 5
PRESSES = 6


def unavailable(answer: TestResponse) -> None:
    assert (answer.status_code, error_code(answer)) == (503, "database_busy")


def test_restarted_under_a_running_mall(shop: Shop, postgres: EmbeddedPostgres) -> None:
    """Requests without a database are told so; the mall itself needs no restart."""
    body = wanted(shop)
    order_no = shop.order(1)
    with ThreadPoolExecutor(4) as phones:  # so that several connections are in the pool
        list(phones.map(shop.detail, [order_no] * 16))
    url = postgres.start()
    db.session.remove()
    postgres.stop()
    try:
        unavailable(shop.shopper.post("/api/v1/orders", body))
        unavailable(shop.shopper.get(f"/api/v1/orders/{order_no}"))
        unavailable(shop.staff.get("/admin/api/v1/refunds"))
        ready = shop.shopper.get("/readyz")
        assert (ready.status_code, ready.get_json()["checks"]["postgresql"]) == (503, "unreachable")
        assert shop.shopper.get("/healthz").status_code == 200
    finally:
        assert postgres.start() == url
    placed = shop.shopper.post("/api/v1/orders", body)
    assert placed.status_code == 201, placed.get_json()
    assert shop.shopper.get("/readyz").status_code == 200
    assert len(orders(shop)) == 2
    assert units(shop.sku_id) == Units(17, reserved=3)


def test_restarted_between_two_requests(shop: Shop, postgres: EmbeddedPostgres) -> None:
    """Every pooled connection is dead, and nobody notices: nothing was sent on it yet."""
    with ThreadPoolExecutor(4) as phones:
        list(phones.map(lambda _: shop.shopper.get("/api/v1/cart"), range(16)))
    db.session.remove()
    postgres.stop()
    postgres.start()
    with ThreadPoolExecutor(4) as phones:
        answers = phones.map(lambda _: shop.shopper.get("/api/v1/cart").status_code, range(16))
        assert set(answers) == {200}


def test_the_sessions_are_killed_while_an_order_is_placed(shop: Shop) -> None:
    """The server ends our sessions (a failover): the order isn't placed, the press works again."""
    body, key = wanted(shop), "0123456789abcdef"
    with connect_transactional(db.engine) as holder:
        holder.execute(
            text("SELECT 1 FROM stocks WHERE sku_id = :id FOR UPDATE"), {"id": shop.sku_id}
        )
        with ThreadPoolExecutor(1) as phone:
            pressed = phone.submit(shop.shopper.post, "/api/v1/orders", body, key=key)
            _kill_who_waits()
            unavailable(pressed.result(20))
        holder.rollback()
    again = shop.shopper.post("/api/v1/orders", body, key=key)
    assert again.status_code == 201, again.get_json()
    assert len(orders(shop)) == 1
    assert units(shop.sku_id) == Units(18, reserved=2)


def _kill_who_waits() -> None:
    query = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    deadline = time.monotonic() + 10
    with db.engine.connect() as other:
        while not other.execute(query).first():
            other.rollback()
            assert time.monotonic() < deadline, "nobody came to wait"
            time.sleep(0.02)


def test_a_locked_row_isnt_waited_for_for_ever(shop: Shop) -> None:
    body = wanted(shop)
    with connect_transactional(db.engine) as holder:
        holder.execute(
            text("SELECT 1 FROM stocks WHERE sku_id = :id FOR UPDATE"), {"id": shop.sku_id}
        )
        started = time.monotonic()
        unavailable(shop.shopper.post("/api/v1/orders", body))
        assert time.monotonic() - started < 10
        holder.rollback()
    assert orders(shop) == []
    assert shop.shopper.post("/api/v1/orders", body).status_code == 201


def test_no_connection_left(shop: Shop, own_app: Flask) -> None:
    """The pool is empty: a request says so in time, and the next one after it works."""
    db.session.remove()
    hold, held = threading.Event(), []

    def keep() -> None:
        with own_app.app_context(), db.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
            held.append(1)
            hold.wait(30)

    threads = [threading.Thread(target=keep) for _ in range(8)]  # 4 kept, 4 more at a peak
    for thread in threads:
        thread.start()
    try:
        while len(held) < len(threads):
            time.sleep(0.01)
        started = time.monotonic()
        unavailable(shop.shopper.get("/api/v1/cart"))
        assert time.monotonic() - started < POOL_PATIENCE_S + 2
    finally:
        hold.set()
        for thread in threads:
            thread.join()
    assert shop.shopper.get("/api/v1/cart").status_code == 200


def test_under_gunicorn(shop: Shop, web: Callable[..., Web], postgres: EmbeddedPostgres) -> None:
    """The same for the web as it is deployed: no worker dies of it."""
    body, token = wanted(shop), str(shop.shopper.token)
    keys = [f"press-number-{number}" for number in range(PRESSES)]
    db.session.remove()
    with web() as running:
        assert running.post("/api/v1/orders", body, token, keys[0]).status_code == 201
        postgres.stop()
        down = running.post("/api/v1/orders", body, token, keys[1])
        assert (down.status_code, down.json()["error"]["code"]) == (503, "database_busy")
        postgres.start()
        again = [running.post("/api/v1/orders", body, token, key) for key in keys[1:]]
        assert [answer.status_code for answer in again] == [201] * (PRESSES - 1)
        assert running.process.poll() is None
    db.engine.dispose()  # those of this process have died too
    assert len(orders(shop)) == PRESSES
