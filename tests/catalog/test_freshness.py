"""What staff change is seen in the shop window within a second, with Redis and without."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import func, select, update

from mall.catalog.cache import CACHE
from mall.catalog.models import Sku, Spu
from mall.catalog.products import set_shelf
from mall.kernel import redis as redis_module
from mall.kernel.cache import VersionedCache
from mall.kernel.db import db, transaction
from mall.kernel.redis import connect
from tests.support.catalog import make_sku
from tests.support.http import Http, error_code


def spu_of(sku_id: int) -> int:
    found = db.session.execute(select(Sku.spu_id).where(Sku.id == sku_id)).scalar_one()
    db.session.remove()
    return found


def names(http: Http, **query: Any) -> list[str]:
    return [card["name"] for card in http.get("/api/v1/products", **query).get_json()["items"]]


def within(seconds: float, true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.02)
    return False


def test_a_change_is_seen_at_once(http: Http, staff: Http) -> None:
    product = spu_of(make_sku(name="旧名"))
    assert names(http) == ["旧名"]
    body = staff.get(f"/admin/api/v1/products/{product}").get_json()
    known = ("spu_code", "category_id", "spec_names")
    sku = {key: body["skus"][0][key] for key in ("sku_code", "price_fen", "spec_values")}
    new = {**{key: body[key] for key in known}, "name": "新名", "skus": [sku]}
    assert staff.put(f"/admin/api/v1/products/{product}", new).status_code == 200
    assert names(http) == ["新名"]
    assert http.get(f"/api/v1/products/{product}").get_json()["name"] == "新名"


def test_a_change_made_in_another_process_is_seen_within_a_second(app: Flask, http: Http) -> None:
    product = spu_of(make_sku(name="旧名"))
    assert names(http) == ["旧名"]
    with transaction() as session:
        session.execute(update(Spu).values(name="新名"))
    assert names(http) == ["旧名"], "the cache isn't in use"
    VersionedCache("catalog").invalidate()  # as the other process does
    assert within(1, lambda: names(http) == ["新名"])
    assert http.get(f"/api/v1/products/{product}").get_json()["name"] == "新名"


def test_a_lost_invalidation_is_made_up_by_the_job(
    app: Flask, http: Http, work: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    product = spu_of(make_sku(name="货"))
    assert names(http) == ["货"]
    with monkeypatch.context() as patch:
        patch.setitem(app.extensions, redis_module.EXTENSION, connect("redis://127.0.0.1:1/0"))
        set_shelf(product, on_shelf=False)
    CACHE.clear_local()
    assert names(http) == ["货"], "Redis was told nothing"
    work()
    assert within(1, lambda: names(http) == [])


def test_the_shelf_opens_and_closes_on_time(app: Flask, http: Http) -> None:
    product = spu_of(make_sku(name="限时"))
    with transaction() as session:
        now = session.scalar(select(func.clock_timestamp()))
    assert now is not None
    opens, closes = now + timedelta(seconds=1), now + timedelta(seconds=3)
    set_shelf(product, on_shelf=True, shelf_on_at=opens, shelf_off_at=closes)
    assert names(http) == []
    assert http.get(f"/api/v1/products/{product}").status_code == 404
    assert within(2.2, lambda: names(http) == ["限时"])
    assert datetime.now(UTC) >= opens
    assert http.get(f"/api/v1/products/{product}").status_code == 200
    assert within(3.5, lambda: names(http) == [])
    assert datetime.now(UTC) >= closes
    gone = http.get(f"/api/v1/products/{product}")
    assert within(1, lambda: http.get(f"/api/v1/products/{product}").status_code == 404), gone


def test_the_window_is_open_without_redis(
    app: Flask, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = spu_of(make_sku(name="羽绒枕头"))
    monkeypatch.setitem(app.extensions, redis_module.EXTENSION, connect("redis://127.0.0.1:1/0"))
    CACHE.clear_local()
    for path, query in (
        ("/api/v1/products", {}),
        (f"/api/v1/products/{product}", {}),
        ("/api/v1/categories", {}),
        ("/api/v1/brands", {}),
        ("/api/v1/products/search", {"q": "枕头"}),
        ("/api/v1/search/suggestions", {"q": "羽"}),
        ("/api/v1/search/hot-words", {}),
    ):
        assert http.get(path, **query).status_code == 200, path
    assert http.get("/api/v1/search/hot-words").get_json() == {"items": []}


def test_a_client_that_has_the_answer_gets_304(http: Http) -> None:
    product = spu_of(make_sku())
    first = http.get(f"/api/v1/products/{product}")
    headers = {"If-None-Match": first.headers["ETag"]}
    again = http.call("GET", f"/api/v1/products/{product}", headers=headers)
    assert (again.status_code, again.data) == (304, b"")
    other = http.call("GET", f"/api/v1/products/{product}", headers={"If-None-Match": '"x"'})
    assert other.status_code == 200


def test_the_answer_comes_from_redis_as_bytes(http: Http, redis: Redis) -> None:
    product = spu_of(make_sku(name="货"))
    first = http.get(f"/api/v1/products/{product}").data
    CACHE.clear_local()
    kept = [redis.get(key) for key in redis.keys("*product:*")]
    assert len(kept) == 1
    assert isinstance(kept[0], bytes)
    assert kept[0].endswith(first)


def test_too_many_different_questions_fill_no_memory(http: Http, redis: Redis) -> None:
    make_sku()
    before = len(redis.keys("*"))
    for price in range(20):
        assert http.get("/api/v1/products", min_price_fen=price).status_code == 200
    assert len(redis.keys("*")) == before


def test_an_unknown_category_is_refused_and_not_kept(http: Http, redis: Redis) -> None:
    answer = http.get("/api/v1/products", category_id="4242")
    assert (answer.status_code, error_code(answer)) == (404, "category_not_found")
    assert not redis.keys("*4242*")
