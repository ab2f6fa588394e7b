"""Well-formed requests that are refused, each with its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    """Who asks for what, and the refusal."""

    what: str
    who: str
    method: str
    path: str
    status: int
    code: str
    body: Any = None


def shopper(what: str, call: str, status: int, code: str, body: Any = None) -> Case:
    method, path = call.split(" ")
    return Case(what, "shopper", method, f"/api/v1{path}", status, code, body)


def stranger(what: str, call: str, status: int, code: str, body: Any = None) -> Case:
    method, path = call.split(" ")
    return Case(what, "stranger", method, f"/api/v1{path}", status, code, body)


def admin(what: str, call: str, status: int, code: str, body: Any = None) -> Case:
    method, path = call.split(" ")
    return Case(what, "admin", method, f"/admin/api/v1{path}", status, code, body)


def order(**change: Any) -> dict[str, Any]:
    return {
        "lines": [{"sku_id": "{sku_id}", "quantity": 2}],
        "address_id": "{address_id}",
        "expected_payable_fen": 10_000,
    } | change


def refund(quantity: int, amount_fen: int, **change: Any) -> dict[str, Any]:
    line = {"line_id": "{line_id}", "quantity": quantity, "amount_fen": amount_fen}
    return {"lines": [line], "freight_fen": 0, "reason": "少发"} | change


def seat(**change: Any) -> dict[str, Any]:
    return {
        "sku_id": "{group_sku_id}",
        "address_id": "{address_id}",
        "expected_payable_fen": 9_000,
    } | change


TOO_MUCH = "refund_not_possible"
NOWHERE = "9223372036854775807"
GONE = [{"sku_id": NOWHERE, "quantity": 1}]
OFF = [{"sku_id": "{off_shelf}", "quantity": 1}]
MANY = [{"sku_id": "{sku_id}", "quantity": 9_999}]
TWICE = [{"sku_id": "{sku_id}", "quantity": 1}] * 2
PARCEL = {"carrier_code": "ZTO", "tracking_no": "ZTO1234567"}

TEAM = "POST /group-buy/teams"
OWN, OTHERS = "/group-buy/teams/{own_team_code}", "/group-buy/teams/{group_team_code}"
IN_ACTIVITY = {"activity_id": "{chosen_activity_id}"}
QUOTE = {"sku_id": "{group_sku_id}", **IN_ACTIVITY}

CASES = [
    # teams
    shopper("a forged team", "POST /group-buy/teams/1/orders", 404, "group_team_not_found", seat()),
    shopper("my own team", f"POST {OWN}/orders", 409, "group_member_already", seat()),
    shopper("a seat that isn't mine", f"POST {OTHERS}/departure", 409, "group_not_member"),
    shopper("no such team", "POST /group-buy/teams/x/departure", 404, "group_team_not_found"),
    shopper("no such team", "PUT /group-buy/teams/x/visit", 404, "group_team_not_found"),
    shopper("another price", f"POST {OTHERS}/orders", 409, "price_changed", seat() | {"units": 2}),
    shopper(
        "another's address",
        f"POST {OTHERS}/orders",
        404,
        "not_found",
        seat(address_id="{others_address}"),
    ),
    shopper("a team of one", TEAM, 422, "validation_failed", seat(**IN_ACTIVITY, size=1)),
    shopper("a tier that isn't", TEAM, 422, "group_tier_unknown", seat(**IN_ACTIVITY, size=3)),
    shopper("no tier", TEAM, 422, "group_tier_unknown", seat(**IN_ACTIVITY)),
    shopper(
        "a set of another",
        TEAM,
        422,
        "group_tier_unknown",
        seat(**IN_ACTIVITY, size=5, tier_set_id=NOWHERE),
    ),
    shopper("no activity", TEAM, 404, "group_activity_not_found", seat(activity_id=NOWHERE)),
    shopper(
        "goods of another",
        TEAM,
        404,
        "group_sku_not_included",
        seat(**IN_ACTIVITY, size=5, sku_id="{sku_id}"),
    ),
    shopper(
        "no activity",
        f"POST /group-buy/activities/{NOWHERE}/seats",
        404,
        "group_activity_not_found",
        seat(),
    ),
    shopper(
        "two places",
        "POST /group-buy/quotes",
        422,
        "validation_failed",
        QUOTE | {"team_code": "{group_team_code}"},
    ),
    shopper(
        "a choice that isn't the shopper's",
        "POST /group-buy/quotes",
        422,
        "validation_failed",
        QUOTE | {"size": 5, "choices": {"groupbuy": "open:1:1:0"}},
    ),
    # goods
    shopper("unknown SKU", "POST /orders", 404, "sku_unknown", order(lines=GONE)),
    shopper("off the shelf", "POST /orders", 409, "sku_off_shelf", order(lines=OFF)),
    shopper("unknown SKU", "POST /quotes", 404, "sku_unknown", {"lines": GONE}),
    shopper("off the shelf", "POST /quotes", 409, "sku_off_shelf", {"lines": OFF}),
    shopper("unknown SKU", "POST /cart/lines", 404, "sku_unknown", GONE[0]),
    shopper("off the shelf", "POST /cart/lines", 409, "sku_off_shelf", OFF[0]),
    shopper("more than a cart holds", "POST /cart/lines", 409, "quantity_too_large", MANY[0]),
    shopper(
        "more than there are",
        "POST /orders",
        409,
        "out_of_stock",
        order(lines=MANY, expected_payable_fen=5000 * 9_999),
    ),
    shopper("one SKU twice", "POST /orders", 422, "validation_failed", order(lines=TWICE)),
    shopper("no goods", "POST /orders", 422, "validation_failed", order(lines=[])),
    shopper("cart and lines", "POST /orders", 422, "validation_failed", order(cart=True)),
    shopper(
        "one fen too little",
        "POST /orders",
        409,
        "price_changed",
        order(expected_payable_fen=9_999),
    ),
    shopper("free", "POST /orders", 409, "price_changed", order(expected_payable_fen=0)),
    shopper(
        "a line that isn't there",
        f"PUT /cart/lines/{NOWHERE}",
        404,
        "cart_line_not_found",
        {"quantity": 1},
    ),
    # text that is too long, or nothing
    shopper("a long remark", "POST /orders", 422, "validation_failed", order(remark="长" * 201)),
    shopper("emoji too many", "POST /orders", 422, "validation_failed", order(remark="😀" * 201)),
    shopper("only blanks", "PUT /me", 422, "validation_failed", {"nickname": " \u3000 "}),
    # other people's
    shopper(
        "another's address",
        "POST /orders",
        404,
        "not_found",
        order(address_id="{others_address}"),
    ),
    shopper(
        "another's address",
        "POST /quotes",
        404,
        "not_found",
        {"cart": True, "address_id": "{others_address}"},
    ),
    shopper("another's address", "DELETE /addresses/{others_address}", 404, "not_found"),
    shopper("another's order", "POST /orders/{others_no}/payment", 404, "order_not_found"),
    shopper("another's order", "POST /orders/{others_no}/cancellation", 404, "order_not_found"),
    shopper("another's order", "POST /orders/{others_no}/receipt", 404, "order_not_found"),
    shopper("another's order", "GET /orders/{others_no}", 404, "order_not_found"),
    stranger("another's order", "GET /orders/{order_no}", 404, "order_not_found"),
    stranger("another's order", "GET /orders/{order_no}/payment", 404, "order_not_found"),
    stranger("another's parcels", "GET /orders/{order_no}/shipments", 404, "order_not_found"),
    stranger("another's address", "GET /addresses/{address_id}", 404, "not_found"),
    # ids that can't be
    shopper("a word for an id", "GET /products/abc", 404, "not_found"),
    shopper("a zero id", "GET /products/0", 404, "not_found"),
    shopper("an id past 2^63", "GET /products/9223372036854775808", 404, "not_found"),
    shopper("a negative id", "DELETE /addresses/-1", 404, "not_found"),
    shopper("SQL for an id", "DELETE /addresses/1%20OR%201=1", 404, "not_found"),
    shopper("SQL for an order", "POST /orders/'%20OR%20''='/receipt", 404, "order_not_found"),
    shopper("an order of emoji", "POST /orders/😀/payment", 404, "order_not_found"),
    shopper("an order of 2,000 letters", f"POST /orders/{'A' * 2000}/receipt", 404, ""),
    # states
    shopper("not sent yet", "POST /orders/{order_no}/receipt", 409, "order_state"),
    shopper("paid already", "POST /orders/{order_no}/payment", 409, "order_already_paid"),
    shopper("paid already", "POST /orders/{order_no}/cancellation", 409, "order_already_paid"),
    # lists
    shopper("SQL to sort by", "GET /products?sort=price_fen;DROP%20TABLE%20orders", 422, ""),
    shopper("SQL to sort by", "GET /products?sort=(SELECT%20pg_sleep(9))", 422, ""),
    shopper("SQL to sort by", "GET /products/search?q=a&sort=id%20desc", 422, ""),
    shopper("an unknown parameter", "GET /orders?order_by=id", 422, "validation_failed"),
    shopper("an unknown state", "GET /orders?status=everything", 422, "validation_failed"),
    shopper("no page", "GET /orders?limit=0", 422, "validation_failed"),
    shopper("a huge page", "GET /orders?limit=101", 422, "validation_failed"),
    shopper("a page of letters", "GET /orders?limit=ten", 422, "validation_failed"),
    shopper("NUL in a search", "GET /products/search?q=%00", 400, "bad_request"),
    shopper("a search too long", f"GET /products/search?q={'a' * 61}", 422, "validation_failed"),
    shopper("no search", "GET /products/search?q=", 422, "validation_failed"),
    admin("SQL to filter by", "GET /orders?status='%20OR%201=1", 422, "validation_failed"),
    admin("a day that isn't", "GET /orders?created_from=2026-02-31T00:00:00Z", 422, ""),
    shopper("SKU ids of words", "GET /my-prices?sku_ids=1,x", 422, "validation_failed"),
    shopper("no SKU ids", "GET /my-prices?sku_ids=", 422, "validation_failed"),
    shopper("no SKU ids at all", "GET /my-prices", 422, "validation_failed"),
    shopper("SQL for SKU ids", "GET /my-prices?sku_ids=1)%20OR%20(1=1", 422, "validation_failed"),
    admin("SKU ids of words", "GET /stock?sku_ids=1,x", 422, "validation_failed"),
    # staff
    admin(
        "more than was paid",
        "POST /orders/{order_no}/refunds",
        409,
        TOO_MUCH,
        refund(2, 10_001),
    ),
    admin(
        "more than was bought",
        "POST /orders/{order_no}/refunds",
        409,
        TOO_MUCH,
        refund(3, 100),
    ),
    admin(
        "freight never paid",
        "POST /orders/{order_no}/refunds",
        409,
        TOO_MUCH,
        refund(1, 100, freight_fen=100),
    ),
    admin("an unpaid order", "POST /orders/{unpaid_no}/refunds", 409, "", refund(1, 100)),
    admin(
        "nothing",
        "POST /orders/{order_no}/refunds",
        409,
        TOO_MUCH,
        refund(1, 1) | {"lines": []},
    ),
    admin("an unpaid order", "POST /orders/{unpaid_no}/shipments", 409, "order_state", PARCEL),
    admin(
        "more than was bought",
        "POST /orders/{order_no}/shipments",
        409,
        "units_not_shippable",
        {**PARCEL, "lines": [{"line_id": "{line_id}", "quantity": 3}]},
    ),
    admin(
        "an unknown carrier",
        "POST /orders/{order_no}/shipments",
        422,
        "",
        {**PARCEL, "carrier_code": "NONE"},
    ),
    admin("a parcel that isn't", "PUT /orders/{order_no}/shipments/9", 404, "", PARCEL),
    admin(
        "a huge parcel number",
        "PUT /orders/{order_no}/shipments/99999999999999999999",
        404,
        "",
        PARCEL,
    ),
    admin(
        "more than there are",
        "POST /stock/{sku_id}/movements",
        409,
        "out_of_stock",
        {"kind": "take_out", "quantity": 1000, "reason": "丢失"},
    ),
    admin(
        "an unknown SKU",
        f"POST /stock/{NOWHERE}/movements",
        404,
        "sku_unknown",
        {"kind": "put_in", "quantity": 1, "reason": "到货"},
    ),
    admin("an unknown permission", "POST /roles", 422, "", {"name": "x", "permissions": ["a:b"]}),
    admin(
        "an unknown role",
        "POST /staff",
        422,
        "",
        {"username": "lili", "display_name": "小李", "role_ids": [NOWHERE]},
    ),
    admin("an unknown parent", "POST /categories", 404, "", {"parent_id": NOWHERE, "name": "x"}),
    admin("a category in use", "DELETE /categories/{category_id}", 409, ""),
    admin(
        "a shelf of no time",
        "PUT /products/{product_id}/shelf",
        400,
        "",
        {
            "on_shelf": True,
            "shelf_on_at": "2031-01-01T00:00:00Z",
            "shelf_off_at": "2030-01-01T00:00:00Z",
        },
    ),
    admin("a refund that isn't", "POST /refunds/{refund_no}/retry", 404, "refund_not_found"),
    admin("an order that isn't", "PUT /orders/NONE/note", 404, "order_not_found", {"note": "x"}),
]
