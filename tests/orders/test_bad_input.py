"""What a broken or hostile client may send to quotes and orders: refused, nothing written."""

from __future__ import annotations

import math
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from tests.support.http import Http, error_code
from tests.support.inventory import Units, units
from tests.support.orders import make_buyer, make_goods

BAD_QUANTITIES: list[Any] = [
    *(0, -1, -(10**30), 10_000, 10**30, 1.0, 1.5, math.nan, math.inf, True),
    *("1", "", None, [1], {}),
]
BAD_IDS: list[Any] = [
    *(1, 0, None, True, "", "0", "-1", "1.0", "9" * 19, "1;--", "１", [], {}),
]
GOOD = {"sku_id": "$sku", "quantity": 1}
BAD_LINES: list[Any] = [
    [],
    None,
    "x",
    {},
    [None],
    [{}],
    [{"sku_id": "$sku"}],
    [{"quantity": 1}],
    [GOOD, GOOD],
    [{**GOOD, "price_fen": 1}],
    [{"sku_id": "$sku", "quantity": 1, "payable_fen": 0}],
    *([{"sku_id": "$sku", "quantity": bad}] for bad in BAD_QUANTITIES),
    *([{"sku_id": bad, "quantity": 1}] for bad in BAD_IDS),
    [{"sku_id": str(n), "quantity": 1} for n in range(1, 102)],
]
BAD_FIELDS: list[dict[str, Any]] = [
    *({"expected_payable_fen": bad} for bad in (-1, 10**12, 1.0, "1000", True, None, math.nan)),
    *({"address_id": bad} for bad in (1, "0", "x", None, "", "9" * 19, [])),
    *({"remark": bad} for bad in ("长" * 201, 1, None, [], "a\x00b", "a\x07b")),
    {"cart": True},
    {"cart": False},
    {"cart": 1},
    {"cart": "true"},
    {"coupon": "x"},
    {"user_id": "1"},
    {"status": "paid"},
    {"payable_fen": 1},
]


def fill(value: Any, sku_id: int) -> Any:
    if isinstance(value, list):
        return [fill(one, sku_id) for one in value]
    if isinstance(value, dict):
        return {name: fill(one, sku_id) for name, one in value.items()}
    return str(sku_id) if value == "$sku" else value


def refused_and_nothing_written(app: Flask, http: Http, change: dict[str, Any]) -> None:
    buyer, sku = make_buyer(), make_goods(10, 10_000)
    me = http.as_(buyer.token)
    sent = {
        "lines": [GOOD],
        "address_id": str(buyer.address_id),
        "expected_payable_fen": 10_000,
        "remark": "",
        **change,
    }
    answer = me.post("/api/v1/orders", fill(sent, sku))
    assert answer.status_code in (400, 422), answer.get_json()
    assert error_code(answer) in ("bad_request", "validation_failed")
    if not set(change) & {"expected_payable_fen", "remark"}:
        quote = {n: v for n, v in sent.items() if n not in ("expected_payable_fen", "remark")}
        assert me.post("/api/v1/quotes", fill(quote, sku)).status_code in (400, 422)
    assert units(sku) == Units(sellable=10)
    with transaction() as session:
        for table in ("orders", "order_lines", "idempotency_records"):
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0


@pytest.mark.parametrize("lines", BAD_LINES, ids=lambda lines: repr(lines)[:60])
def test_bad_lines(app: Flask, http: Http, lines: Any) -> None:
    refused_and_nothing_written(app, http, {"lines": lines})


@pytest.mark.parametrize("change", BAD_FIELDS, ids=lambda change: repr(change)[:60])
def test_bad_fields(app: Flask, http: Http, change: dict[str, Any]) -> None:
    refused_and_nothing_written(app, http, change)


def test_neither_lines_nor_cart(app: Flask, http: Http) -> None:
    me = http.as_(make_buyer().token)
    answer = me.post("/api/v1/quotes", {})
    assert (answer.status_code, error_code(answer)) == (422, "validation_failed")


def test_an_id_that_no_row_has_is_unknown(app: Flask, http: Http) -> None:
    me = http.as_(make_buyer().token)
    answer = me.post("/api/v1/quotes", {"lines": [{"sku_id": str(2**63 - 1), "quantity": 1}]})
    assert (answer.status_code, error_code(answer)) == (404, "sku_unknown")


@pytest.mark.parametrize(
    "query",
    [
        {"status": "refunding"},
        {"status": "paid' OR 1=1"},
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "-1"},
        {"cursor": "x"},
        {"cursor": "WyJ4Il0"},
        {"cursor": "WzFlMzBd"},
        {"sort": "id; DROP TABLE orders"},
        {"user_id": "1"},
    ],
)
def test_a_bad_list_query(app: Flask, http: Http, query: dict[str, str]) -> None:
    answer = http.as_(make_buyer().token).get("/api/v1/orders", **query)
    assert (answer.status_code, error_code(answer)) == (422, "validation_failed")


def test_orders_are_for_shoppers_who_are_logged_in(app: Flask, http: Http) -> None:
    for method, path in (
        ("POST", "/api/v1/quotes"),
        ("POST", "/api/v1/orders"),
        ("GET", "/api/v1/orders"),
        ("GET", "/api/v1/cart"),
    ):
        assert http.call(method, path).status_code == 401
        assert http.as_("x" * 43).call(method, path).status_code == 401
