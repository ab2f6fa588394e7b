"""The shop window over HTTP."""

from __future__ import annotations

from flask import Flask

from tests.support.catalog import make_sku
from tests.support.http import Http, error_code


def test_a_product_is_listed_and_shown(http: Http) -> None:
    make_sku(price_fen=1250, name="羽绒枕", list_price_fen=2000)
    listed = http.get("/api/v1/products").get_json()
    assert listed["next_cursor"] is None
    (card,) = listed["items"]
    assert (card["name"], card["price_fen"], card["list_price_fen"]) == ("羽绒枕", 1250, 2000)
    shown = http.get(f"/api/v1/products/{card['id']}")
    assert shown.status_code == 200
    assert shown.get_json()["specs"] == [{"name": "规格1", "values": ["标准"]}]


def test_an_off_shelf_product_is_not_there(http: Http, app: Flask) -> None:
    make_sku(on_sale=False)
    assert http.get("/api/v1/products").get_json()["items"] == []
    assert error_code(http.get("/api/v1/products/1")) == "product_not_found"
