"""Redis is a gate and a cache: without it, emptied, or back again, the shop goes on selling."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from mall.catalog.models import Sku
from mall.kernel.db import db
from mall.kernel.redis import redis_client
from mall.runtime.redis_server import EmbeddedRedis
from tests.faults.pressing import wanted
from tests.support.group_shop import GroupShop
from tests.support.groupbuy import make_activity, team_of
from tests.support.inventory import Units, units
from tests.support.payments import Shop
from tests.support.servers import LiveServer
from tests.support.staff import make_staff
from tests.support.waiting import eventually


@pytest.fixture
def without_redis(shop: Shop, redis_server: EmbeddedRedis) -> Iterator[None]:
    redis_server.stop()
    yield
    redis_server.start()


def product_of(shop: Shop) -> str:
    found = db.session.get(Sku, shop.sku_id)
    assert found is not None
    db.session.remove()
    return f"/api/v1/products/{found.spu_id}"


def shown(shop: Shop, path: str, **query: Any) -> Any:
    answer = shop.shopper.get(path, **query)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def sell(shop: Shop) -> None:
    """A shopper logs in, looks around and buys; WeChat's token source is used as well."""
    given = shop.control("/login-codes")
    login = shop.shopper.post("/api/v1/sessions", {"code": given["code"]})
    assert login.status_code == 201, login.get_json()
    visitor = shop.shopper.as_(login.get_json()["token"])
    renamed = visitor.call("PUT", "/api/v1/me", body={"nickname": "小明"})
    assert renamed.status_code == 200, renamed.get_json()

    assert shown(shop, product_of(shop))["price_fen"] == 1234
    assert shown(shop, "/api/v1/products")["items"][0]["name"] == "四件套"
    for path in ("categories", "brands", "search/hot-words"):
        assert "items" in shown(shop, f"/api/v1/{path}")
    shown(shop, "/api/v1/products/search", q="四件套")
    shown(shop, "/api/v1/search/suggestions", q="四")
    order_no = shop.bought(2)
    assert shop.status(order_no) == "paid"


@pytest.mark.usefixtures("without_redis")
def test_stopped(shop: Shop, live: LiveServer) -> None:
    started = time.monotonic()
    sell(shop)
    assert units(shop.sku_id) == Units(18, sold=2)
    assert time.monotonic() - started < 20
    ready = shop.shopper.get("/readyz")
    assert (ready.status_code, ready.get_json()["checks"]["redis"]) == (503, "unreachable")


def test_staff_change_the_catalogue_without_it(shop: Shop, redis_server: EmbeddedRedis) -> None:
    """The change is made; what the cache may still show has run out soon after."""
    path = product_of(shop)
    assert shown(shop, path)["price_fen"] == 1234
    staff = shop.shopper.as_(make_staff("catalog:write"))
    redis_server.stop()
    try:
        off = staff.put(f"/admin{path}/shelf", {"on_shelf": False})
        assert off.status_code == 200, off.get_json()
        eventually(lambda: shop.shopper.get(path).status_code == 404, seconds=1)
    finally:
        redis_server.start()
    assert shop.shopper.get(path).status_code == 404


def test_back_again(shop: Shop, redis_server: EmbeddedRedis, live: LiveServer) -> None:
    shown(shop, product_of(shop))
    redis_server.stop()
    shown(shop, product_of(shop))
    redis_server.start()
    # It is left alone for a moment after a failure.
    eventually(lambda: bool(shown(shop, product_of(shop)) and redis_client().keys("mall:*")), 2)
    sell(shop)
    assert shop.shopper.get("/readyz").status_code == 200


def test_emptied_in_the_middle(shop: Shop, live: LiveServer) -> None:
    """FLUSHALL between any two steps: nothing that was promised lived there alone."""
    body = wanted(shop)
    flush = redis_client().flushall
    flush()
    placed = shop.shopper.post("/api/v1/orders", body)
    assert placed.status_code == 201, placed.get_json()
    flush()
    shop.pay(placed.get_json()["order_no"])
    flush()
    assert shop.status(placed.get_json()["order_no"]) == "paid"
    sell(shop)
    assert units(shop.sku_id) == Units(16, sold=4)


@pytest.mark.usefixtures("live")
def test_teams_without_it(shop: Shop, redis_server: EmbeddedRedis) -> None:
    """They are opened, joined, paid, settled and rebated."""
    group = GroupShop(shop.app, shop.simulator, shop.work)
    activity_id = make_activity({2: 9_000, 3: 8_000})
    redis_server.stop()
    try:
        team_id, _ = group.opens(group.me(), activity_id)
        for _ in range(2):
            group.joins(group.person(), team_id, activity_id)
        group.teams_end()
    finally:
        redis_server.start()
    assert team_of(team_id).status == "settled"
    assert sorted(group.given_back().values()) == [1_000] * 3
    db.session.remove()
