"""Well-formed requests that must be refused: wrong goods, wrong owner, wrong token, wrong key."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from mall.kernel.db import db
from tests.bad_input.activity_cases import ACTIVITY_CASES
from tests.bad_input.cases import CASES, PARCEL, Case, order, refund
from tests.bad_input.route import filled
from tests.bad_input.routes import ROUTES
from tests.bad_input.world import World, in_groups
from tests.support.http import Http, error_code
from tests.support.rows import changed, fingerprint


def name_of(case: Case) -> str:
    return f"{case.what} {case.method} {case.path}"[:90]


@pytest.mark.parametrize(
    "cases", in_groups([*CASES, *ACTIVITY_CASES]), ids=lambda group: name_of(group[0])
)
def test_refused_and_nothing_written(world: World, cases: Sequence[Case]) -> None:
    before = fingerprint()
    for case in cases:
        who: Http = getattr(world, case.who)
        path = case.path.format(**world.ids)
        answer = who.call(case.method, path, body=filled(case.body, world.ids))
        told = f"{name_of(case)}: {answer.get_data(as_text=True)}"
        assert answer.status_code == case.status, told
        assert error_code(answer) == (case.code or error_code(answer)), told
        assert changed(before) == [], told


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
    *("shopper /api/v1/messages/inbox", "admin /admin/api/v1/messages"),
    *("shopper /api/v1/group-buy/activities", "shopper /api/v1/group-buy/my-teams"),
    "shopper /api/v1/group-buy/activities/1/teams",
    "admin /admin/api/v1/payment-discrepancies",
    *("admin /admin/api/v1/group-activities", "admin /admin/api/v1/group-teams"),
    *("admin /admin/api/v1/group-teams?state=due_soon", "admin /admin/api/v1/group-members"),
    "admin /admin/api/v1/group-refunds",
    *("admin /admin/api/v1/promoters", "admin /admin/api/v1/promoter-applications"),
    *("admin /admin/api/v1/promoter-agreements", "admin /admin/api/v1/promoter-lessons/1/attempts"),
    "admin /admin/api/v1/promoter-materials",
    *("shopper /api/v1/shares", "admin /admin/api/v1/shares?user_id=1"),
    *("admin /admin/api/v1/referral-bindings", "admin /admin/api/v1/order-attributions"),
    *("admin /admin/api/v1/channels", "admin /admin/api/v1/counter/redemptions"),
    "admin /admin/api/v1/referral-chains/1/invitees",
    *("shopper /api/v1/my-reviews", "shopper /api/v1/review-chances"),
    *("admin /admin/api/v1/reviews", "admin /admin/api/v1/review-tasks"),
    *("shopper /api/v1/products/1/reviews", "shopper /api/v1/buyer-show-collection"),
    *("admin /admin/api/v1/moderated-contents", "admin /admin/api/v1/blocked-words"),
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
