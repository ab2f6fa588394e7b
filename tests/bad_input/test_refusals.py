"""Well-formed requests that must be refused: wrong goods, wrong owner, wrong token, wrong key."""

from __future__ import annotations

import base64
import json
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from mall.kernel.db import db
from tests.bad_input.routes import ROUTES, filled
from tests.bad_input.world import World, changed, fingerprint
from tests.support.http import Http, error_code


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


NOWHERE = "9223372036854775807"
GONE = [{"sku_id": NOWHERE, "quantity": 1}]
OFF = [{"sku_id": "{off_shelf}", "quantity": 1}]
MANY = [{"sku_id": "{sku_id}", "quantity": 9_999}]
TWICE = [{"sku_id": "{sku_id}", "quantity": 1}] * 2
PARCEL = {"carrier_code": "ZTO", "tracking_no": "ZTO1234567"}

CASES = [
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
    admin("SKU ids of words", "GET /stock?sku_ids=1,x", 422, "validation_failed"),
    # staff
    admin(
        "more than was paid",
        "POST /orders/{order_no}/refunds",
        409,
        "refund_not_possible",
        refund(2, 10_001),
    ),
    admin(
        "more than was bought",
        "POST /orders/{order_no}/refunds",
        409,
        "refund_not_possible",
        refund(3, 100),
    ),
    admin(
        "freight never paid",
        "POST /orders/{order_no}/refunds",
        409,
        "refund_not_possible",
        refund(1, 100, freight_fen=100),
    ),
    admin("an unpaid order", "POST /orders/{unpaid_no}/refunds", 409, "", refund(1, 100)),
    admin(
        "nothing",
        "POST /orders/{order_no}/refunds",
        409,
        "refund_not_possible",
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


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.what} {case.method} {case.path}"[:90]
)
def test_refused_and_nothing_written(world: World, case: Case) -> None:
    who: Http = getattr(world, case.who)
    before = fingerprint()
    path = case.path.format(**world.ids)
    answer = who.call(case.method, path, body=filled(case.body, world.ids))
    assert answer.status_code == case.status, answer.get_data(as_text=True)
    assert error_code(answer) == (case.code or error_code(answer))
    assert changed(before) == []


def cursor(values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


CURSORS = [
    *("x", "%", "====", "a" * 5000, "é", "W10", cursor([]), cursor(["x"]), cursor([1, 2, 3, 4, 5])),
    *(cursor([2**63]), cursor([-(2**70)]), cursor([True]), cursor([1.5]), cursor([None])),
    *(cursor({"id": 1}), cursor(1), cursor("'; DROP TABLE orders"), cursor([["x"]])),
    *(cursor(["0\0"]), cursor(["9" * 5000, 1]), "W" * 40_000),
]
LISTS = [
    *("shopper /api/v1/orders", "shopper /api/v1/products", "shopper /api/v1/brands"),
    *("shopper /api/v1/products/search?q=枕头", "shopper /api/v1/products?sort=price_asc"),
    *("shopper /api/v1/products?sort=sold", "admin /admin/api/v1/orders"),
    *("admin /admin/api/v1/products", "admin /admin/api/v1/stock", "admin /admin/api/v1/refunds"),
    *("admin /admin/api/v1/audit", "admin /admin/api/v1/staff", "admin /admin/api/v1/roles"),
    *("admin /admin/api/v1/messages", "admin /admin/api/v1/payment-discrepancies"),
    *("admin /admin/api/v1/stock/1/movements", "admin /admin/api/v1/shipping-uploads"),
]


@pytest.mark.parametrize("place", LISTS)
def test_made_up_cursors(world: World, place: str) -> None:
    name, path = place.split(" ")
    who: Http = getattr(world, name)
    address, _, query = path.partition("?")
    given = dict([query.split("=")]) if query else {}
    before = fingerprint()
    for made_up in CURSORS:
        answer = who.get(address, cursor=made_up, **given)
        assert answer.status_code in (414, 422), (made_up[:40], answer.get_data(as_text=True))
        assert error_code(answer)
    assert changed(before) == []


def test_tokens_that_are_none(world: World) -> None:
    """Unknown, expired, revoked, of the other kind, and headers that hold none."""
    body = filled(order(), world.ids)
    gone = Http(world.http.app, world.me.token)
    made_up = [
        world.http,
        *(world.http.as_(token) for token in ("x", "é", "x" * 5000, "0" * 43, "' OR 1=1 --")),
        world.admin,
    ]
    before = fingerprint()
    for who in made_up:
        answer = who.post("/api/v1/orders", body)
        assert (answer.status_code, error_code(answer)) == (401, "not_authenticated")
    for header in ("", "Bearer", "Bearer ", "Basic eDp5", f"Token {world.me.token}", "Bearer a b"):
        headers = {"Authorization": header}
        answer = world.http.call("POST", "/api/v1/orders", body=body, headers=headers)
        assert (answer.status_code, error_code(answer)) == (401, "not_authenticated")
    answer = gone.post("/admin/api/v1/roles", {"name": "x", "permissions": []})
    assert (answer.status_code, error_code(answer)) == (401, "not_authenticated")
    assert changed(before) == []

    db.session.execute(text("UPDATE user_tokens SET expires_at = now()"))
    db.session.commit()
    assert world.shopper.post("/api/v1/orders", body).status_code == 401
    db.session.execute(text("UPDATE user_tokens SET expires_at = now() + interval '1 day'"))
    db.session.commit()
    assert world.shopper.delete("/api/v1/sessions/current").status_code == 204
    revoked = world.shopper.post("/api/v1/orders", body)
    assert (revoked.status_code, error_code(revoked)) == (401, "not_authenticated")
    assert changed(before) == []


def test_staff_without_the_permission_change_nothing(world: World) -> None:
    before = fingerprint()
    for route in ROUTES:
        if route.path.startswith("/admin") and route.who == "admin" and "/me/" not in route.path:
            path, body = route.path.format(**world.ids), filled(route.body, world.ids)
            answer = world.clerk.call(route.method, path, body=body)
            assert (answer.status_code, error_code(answer)) == (403, "not_permitted"), path
    assert changed(before) == []


KEYED = [
    ("shopper", "/api/v1/orders", order()),
    ("admin", "/admin/api/v1/orders/{order_no}/refunds", refund(1, 100)),
    ("admin", "/admin/api/v1/orders/{order_no}/shipments", PARCEL),
    (
        "admin",
        "/admin/api/v1/stock/{sku_id}/movements",
        {"kind": "put_in", "quantity": 5, "reason": "到货"},
    ),
]


@pytest.mark.parametrize(("name", "path", "body"), KEYED, ids=lambda value: str(value)[-30:])
def test_idempotency_keys(world: World, name: str, path: str, body: Any) -> None:
    """None or a bad one is refused; a repeat is the first answer; another body is refused."""
    who: Http = getattr(world, name)
    path, body = path.format(**world.ids), filled(body, world.ids)
    before = fingerprint()
    for bad in ("", "short", "x" * 65, "with space", "semi;colon", "é" * 10):
        answer = who.call("POST", path, body=body, headers={"Idempotency-Key": bad})
        assert (answer.status_code, error_code(answer)) == (400, "idempotency_key_required"), bad
    assert changed(before) == []

    key = uuid.uuid4().hex
    first = who.post(path, body, key=key)
    assert first.status_code == 201, first.get_json()
    before = fingerprint()
    again = who.post(path, body, key=key)
    assert (again.status_code, again.get_data()) == (201, first.get_data())
    other = who.post(path, {**body, "unknown": 1}, key=key)
    assert (other.status_code, error_code(other)) == (422, "idempotency_key_reused")
    assert changed(before) == []


def test_a_key_is_nobody_elses(world: World) -> None:
    """Two shoppers may draw the same key."""
    key = uuid.uuid4().hex
    mine = world.shopper.post("/api/v1/orders", filled(order(), world.ids), key=key)
    theirs = filled(order(address_id="{others_address}"), world.ids)
    other = world.stranger.post("/api/v1/orders", theirs, key=key)
    assert (mine.status_code, other.status_code) == (201, 201)
    assert mine.get_json()["order_no"] != other.get_json()["order_no"]


def test_no_key_on_a_route_that_needs_one(world: World) -> None:
    answer = _without_key(world.shopper, "/api/v1/orders", filled(order(), world.ids))
    assert (answer.status_code, error_code(answer)) == (400, "idempotency_key_required")


def _without_key(who: Http, path: str, body: Any) -> TestResponse:
    with who.app.app_context(), who.app.test_client() as client:
        headers = {"Authorization": f"Bearer {who.token}"}
        return client.post(path, json=body, headers=headers)


def test_emoji_and_rare_characters_are_kept_as_they_are(world: World) -> None:
    """What is good isn't refused: four-byte characters, joined emoji, right-to-left text."""
    remark = "👨‍👩‍👧‍👦 𠮷野家 مرحبا"
    placed = world.shopper.post("/api/v1/orders", filled(order(remark=remark), world.ids))
    assert placed.status_code == 201, placed.get_json()
    shown = world.shopper.get(f"/api/v1/orders/{placed.get_json()['order_no']}")
    assert shown.get_json()["remark"] == remark
