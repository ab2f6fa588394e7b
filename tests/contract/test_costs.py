"""What goods cost the shop is in no answer to shoppers, nor in any without the permission."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Flask
from sqlalchemy import update

from mall.catalog.models import Sku
from mall.kernel.db import transaction
from tests.support.http import Http
from tests.support.orders import buy, make_buyer, make_goods
from tests.support.staff import make_staff

COST_FEN = 424_213
"""No other figure of the test looks like it."""
WORDS = ("cost", "margin")


def schemas_of(document: dict[str, Any], part: Any, seen: set[str]) -> Iterator[dict[str, Any]]:
    """Every object under a part of the document, followed through its references."""
    if isinstance(part, list):
        for one in part:
            yield from schemas_of(document, one, seen)
    elif isinstance(part, dict):
        name = str(part.get("$ref", "")).removeprefix("#/components/schemas/")
        if name and name not in seen and name in document["components"]["schemas"]:
            seen.add(name)
            yield from schemas_of(document, document["components"]["schemas"][name], seen)
        yield part
        for one in part.values():
            yield from schemas_of(document, one, seen)


def test_no_schema_of_shoppers_names_a_cost(http: Http) -> None:
    document = http.get("/docs/openapi.json").get_json()
    paths = {path: item for path, item in document["paths"].items() if "/admin/" not in path}
    named = {
        name for part in schemas_of(document, paths, set()) for name in part.get("properties", {})
    }
    assert {"price_fen", "my_price_fen"} <= named
    assert [name for name in named if any(word in name for word in WORDS)] == []


def test_no_answer_to_shoppers_tells_a_cost(app: Flask, http: Http) -> None:
    buyer, sku_id = make_buyer(), make_goods(10, 990_000)
    with transaction() as session:
        session.execute(update(Sku).where(Sku.id == sku_id).values(cost_fen=COST_FEN))
        spu_id = session.get_one(Sku, sku_id).spu_id
    me = http.as_(buyer.token)
    lines = [{"sku_id": str(sku_id), "quantity": 1}]
    me.post("/api/v1/cart/lines", lines[0])
    body = {"lines": lines, "address_id": str(buyer.address_id)}
    answers = [
        me.get("/api/v1/products"),
        me.get(f"/api/v1/products/{spu_id}"),
        me.get("/api/v1/cart"),
        me.get("/api/v1/my-prices", sku_ids=str(sku_id)),
        me.post("/api/v1/quotes", body),
        me.post("/api/v1/orders", {**body, "expected_payable_fen": 990_000}),
        me.get("/api/v1/orders"),
        me.get(f"/api/v1/orders/{buy(buyer, {sku_id: 1})}"),
    ]
    assert [answer.status_code for answer in answers] == [200] * 5 + [201, 200, 200]
    assert [a.request.path for a in answers if str(COST_FEN) in a.get_data(as_text=True)] == []


def test_staff_without_the_permission_read_no_cost(app: Flask, http: Http) -> None:
    """Everything else a role can hold; the trail of changes is for who may read all of it."""
    buyer, sku_id = make_buyer(), make_goods(10, 990_000)
    with transaction() as session:
        session.execute(update(Sku).where(Sku.id == sku_id).values(cost_fen=COST_FEN))
        spu_id = session.get_one(Sku, sku_id).spu_id
    order_no = buy(buyer, {sku_id: 1})
    clerk = http.as_(
        make_staff("catalog:read", "order:read", "order:export", "promotion:read", "stock:read")
    )
    asked = {"lines": [{"sku_id": str(sku_id), "quantity": 1}], "floor_margin_bp": 9_000}
    answers = [
        clerk.get(f"/admin/api/v1/products/{spu_id}"),
        clerk.get("/admin/api/v1/orders"),
        clerk.get(f"/admin/api/v1/orders/{order_no}"),
        clerk.get("/admin/api/v1/orders/export"),
        clerk.post("/admin/api/v1/price-previews", asked),
    ]
    assert [answer.status_code for answer in answers] == [200] * 5
    said = [answer.get_data(as_text=True) for answer in answers]
    assert [text for text in said if str(COST_FEN) in text or "4242.13" in text] == []
    assert not {"margin_fen", "warnings"} & answers[-1].get_json().keys()
