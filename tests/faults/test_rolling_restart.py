"""A deploy behind nginx, web by web, while shoppers press: nobody sees it."""

from __future__ import annotations

import signal
import threading
import uuid
from pathlib import Path

import pytest
import requests
from sqlalchemy import text

from mall.kernel.db import db
from tests.faults.mall_process import RunningWeb, serving
from tests.faults.pressing import wanted
from tests.support.inventory import stock
from tests.support.nginx import NGINX, proxying
from tests.support.parallel import free_port
from tests.support.payments import Shop

SHOPPERS, MOST, AFTERWARDS = 4, 1000, 10
"""So many shoppers, with at most so many presses each, and so many after the web's end."""
pytestmark = pytest.mark.skipif(NGINX is None, reason="needs nginx: apt install nginx")


class Pressers:
    """Shoppers who place orders through the proxy, one after the other on a kept connection."""

    def __init__(self, shop: Shop, url: str) -> None:
        self.url = f"{url}/api/v1/orders"
        self.body, self.token = wanted(shop, 1), str(shop.shopper.token)
        self.placed: list[str] = []
        self.wrong: list[tuple[int, str]] = []
        self.stopped = threading.Event()

    def while_it_stops(self, web: RunningWeb) -> None:
        self.stopped.clear()
        threads = [threading.Thread(target=self._press) for _ in range(SHOPPERS)]
        for thread in threads:
            thread.start()
        web.process.send_signal(signal.SIGTERM)
        ended = web.process.wait(60)
        self.stopped.set()
        for thread in threads:
            thread.join(60)
        assert ended == 0

    def _press(self) -> None:
        left = MOST
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {self.token}"
            while left:
                left = min(left - 1, AFTERWARDS) if self.stopped.is_set() else left - 1
                key = uuid.uuid4().hex
                named = {"Idempotency-Key": key}
                answer = session.post(self.url, json=self.body, headers=named, timeout=30)
                if answer.status_code == 201:
                    self.placed.append(key)
                else:
                    self.wrong.append((answer.status_code, answer.text[:200]))


def test_a_deploy_web_by_web(shop: Shop, own_environment: dict[str, str], tmp_path: Path) -> None:
    stock(shop.sku_id, 2 * SHOPPERS * (MOST + AFTERWARDS))
    environment, log = {**own_environment, "MALL_DRAIN_S": "1"}, tmp_path / "web.log"
    first, second, port = free_port(), free_port(), free_port()
    with (
        serving(environment, first, log) as one,
        serving(environment, second, log) as other,
        proxying(tmp_path, port=port, webs=[first, second]) as url,
    ):
        pressers = Pressers(shop, url)
        pressers.while_it_stops(one)
        with serving(environment, first, log):
            pressers.while_it_stops(other)
    assert pressers.wrong == []
    assert len(pressers.placed) > 2 * SHOPPERS * AFTERWARDS
    db.session.rollback()
    kept = db.session.scalars(text("SELECT key FROM idempotency_records"))
    assert set(kept) == set(pressers.placed), "an order was placed and its answer was lost"
