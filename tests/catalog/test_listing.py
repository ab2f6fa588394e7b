"""Lists of products: filters, orders, cursors, and what is refused."""

from __future__ import annotations

import random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from mall.catalog.listing import ORDERS
from mall.catalog.models import Spu
from mall.catalog.taxonomy import create_brand, create_category
from mall.kernel.db import transaction
from mall.kernel.http.paging import encode_cursor
from tests.support.catalog import make_sku
from tests.support.http import Http, error_code

PRODUCTS = "/api/v1/products"


def cards(http: Http, **query: Any) -> list[dict[str, Any]]:
    answer = http.get(PRODUCTS, **query)
    assert answer.status_code == 200, answer.get_json()
    items: list[dict[str, Any]] = answer.get_json()["items"]
    return items


def names(http: Http, **query: Any) -> list[str]:
    return [card["name"] for card in cards(http, **query)]


def every_page(http: Http, **query: Any) -> list[str]:
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = http.get(PRODUCTS, **query, **cursor).get_json()
        seen += [card["id"] for card in answer["items"]]
        if answer["next_cursor"] is None:
            return seen
        cursor = {"cursor": answer["next_cursor"]}


@pytest.mark.parametrize("sort", ORDERS)
def test_pages_lose_nothing_and_repeat_nothing(http: Http, app: Flask, sort: str) -> None:
    chance = random.Random(sort)
    for _ in range(31):
        make_sku(price_fen=chance.randint(1, 5) * 100)
    with transaction() as session:
        session.execute(update(Spu).values(sold_count=Spu.id % 3, is_hot=Spu.id % 2 == 0))
    whole = [card["id"] for card in cards(http, sort=sort, limit=100)]
    assert len(set(whole)) == 31
    for limit in (1, 7, 30, 31):
        assert every_page(http, sort=sort, limit=limit) == whole


def test_a_product_that_comes_in_between_moves_no_page(http: Http) -> None:
    for number in range(6):
        make_sku(name=f"{number}")
    first = http.get(PRODUCTS, limit=3).get_json()
    make_sku(name="new")
    second = http.get(PRODUCTS, limit=3, cursor=first["next_cursor"]).get_json()
    assert [c["name"] for c in first["items"] + second["items"]] == ["5", "4", "3", "2", "1", "0"]


def test_orders(http: Http, app: Flask) -> None:
    for name, price, sold, hot in (("a", 300, 1, False), ("b", 100, 9, False), ("c", 200, 5, True)):
        make_sku(name=name, price_fen=price)
        with transaction() as session:
            session.execute(update(Spu).where(Spu.name == name).values(sold_count=sold, is_hot=hot))
    expected = {
        "newest": ["c", "b", "a"],
        "price_asc": ["b", "c", "a"],
        "price_desc": ["a", "c", "b"],
        "sales": ["b", "c", "a"],
        "hot": ["c", "b", "a"],
    }
    assert {sort: names(http, sort=sort) for sort in ORDERS} == expected


def test_a_category_holds_what_is_below_it(http: Http) -> None:
    home = create_category(name="居家")
    beds = create_category(name="床品", parent_id=home)
    pillows = create_category(name="枕头", parent_id=beds)
    kitchen = create_category(name="厨房")
    for name, category in (("家", home), ("床", beds), ("枕", pillows), ("锅", kitchen)):
        make_sku(name=name, category_id=category)
    assert names(http, category_id=str(home)) == ["枕", "床", "家"]
    assert names(http, category_id=str(beds)) == ["枕", "床"]
    assert names(http, category_id=str(kitchen)) == ["锅"]
    tree = http.get("/api/v1/categories").get_json()["items"]
    assert [node["name"] for node in tree] == ["居家", "厨房"]
    assert tree[0]["children"][0]["children"][0]["name"] == "枕头"


def test_filters(http: Http, app: Flask) -> None:
    brand = create_brand(name="山竹家")
    make_sku(name="便宜", price_fen=100)
    make_sku(name="贵", price_fen=900)
    with transaction() as session:
        session.execute(update(Spu).where(Spu.name == "贵").values(brand_id=brand, is_new=True))
    assert names(http, min_price_fen=101) == ["贵"]
    assert names(http, max_price_fen=100) == ["便宜"]
    assert names(http, min_price_fen=100, max_price_fen=900) == ["贵", "便宜"]
    assert names(http, brand_id=str(brand)) == ["贵"]
    assert names(http, new="true") == ["贵"]
    assert names(http, new="false") == ["便宜"]
    assert names(http, hot="true") == []
    listed = http.get("/api/v1/brands").get_json()["items"]
    assert [item["name"] for item in listed] == ["山竹家"]


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "id; DROP TABLE spus"},
        {"sort": "price_asc,(SELECT 1)"},
        {"sort": "price_fen"},
        {"sort": ""},
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "1e1"},
        {"limit": "-1"},
        {"cursor": "x"},
        {"cursor": encode_cursor(["1; DROP TABLE spus"])},
        {"cursor": encode_cursor([1, 2])},
        {"category_id": "1 OR 1=1"},
        {"category_id": "99999999999999999999"},
        {"brand_id": "-1"},
        {"min_price_fen": "1.5"},
        {"min_price_fen": "99999999999999999999"},
        {"max_price_fen": "NaN"},
        {"new": "maybe"},
        {"colour": "red"},
    ],
    ids=str,
)
def test_bad_queries_are_refused_in_the_one_shape(http: Http, query: dict[str, str]) -> None:
    make_sku()
    for _ in range(2):  # the second time nothing of it may come from a cache
        answer = http.get(PRODUCTS, **query)
        assert (answer.status_code, error_code(answer)) == (422, "validation_failed")


@pytest.mark.parametrize("path", ["/categories", "/products/1", "/brands", "/products"])
def test_unknown_parameters_are_refused_everywhere(http: Http, path: str) -> None:
    assert http.get(f"/api/v1{path}", unknown="1").status_code == 422


@pytest.mark.parametrize("product", ["0", "x", "1.5", "9223372036854775808", "99", "-1"])
def test_no_such_product(http: Http, product: str) -> None:
    answer = http.get(f"{PRODUCTS}/{product}")
    assert answer.status_code == 404
    error_code(answer)
