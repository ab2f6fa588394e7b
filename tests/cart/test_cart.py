"""The cart over HTTP: quantities, live prices, lines that can't be bought."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update

from mall.cart import commands
from mall.cart.commands import MAX_LINES
from mall.cart.events import CartChanged
from mall.cart.models import CartLine
from mall.cart.queries import quantities
from mall.catalog.models import Sku, Spu
from mall.inventory.commands import take_out
from mall.kernel.db import db, transaction
from tests.support.catalog import make_sku
from tests.support.features import installed
from tests.support.http import Http, error_code
from tests.support.inventory import stock
from tests.support.orders import make_goods
from tests.support.statements import sent_statements
from tests.support.users import make_shopper

TRANSACTION = {"BEGIN", "COMMIT"}


@pytest.fixture
def me(app: Flask, http: Http) -> Http:
    return http.as_(make_shopper()[1])


def in_cart() -> int:
    with transaction() as session:
        return session.scalar(select(func.coalesce(func.sum(CartLine.quantity), 0))) or 0


def add(who: Http, sku_id: int, quantity: int = 1) -> Any:
    return who.post("/api/v1/cart/lines", {"sku_id": str(sku_id), "quantity": quantity})


def test_adding_twice_adds_up(me: Http) -> None:
    sku = make_goods()
    assert add(me, sku, 2).get_json() == {"sku_id": str(sku), "quantity": 2}
    assert add(me, sku, 3).get_json() == {"sku_id": str(sku), "quantity": 5}


def test_adding_again_under_one_key_counts_once(me: Http) -> None:
    sku_id = stock(make_sku(), 9)
    body = {"sku_id": str(sku_id), "quantity": 2}
    first = me.post("/api/v1/cart/lines", body, key="a-lost-answer")
    again = me.post("/api/v1/cart/lines", body, key="a-lost-answer")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    assert me.get("/api/v1/cart").get_json()["lines"][0]["quantity"] == 2
    unkeyed = me.call("POST", "/api/v1/cart/lines", body=body, headers={"Idempotency-Key": ""})
    assert unkeyed.status_code == 400, "an empty key is a slip"


def test_the_cart_shows_live_prices_the_last_added_first(me: Http) -> None:
    first, second = make_goods(price_fen=1000), make_goods(price_fen=250)
    add(me, first, 2)
    add(me, second)
    with transaction() as session:
        session.execute(update(Sku).where(Sku.id == first).values(price_fen=900))
    cart = me.get("/api/v1/cart").get_json()
    assert [(x["sku_id"], x["price_fen"], x["total_fen"]) for x in cart["lines"]] == [
        (str(second), 250, 250),
        (str(first), 900, 1800),
    ]
    assert cart["goods_fen"] == 2050


def test_lines_that_cannot_be_bought_are_marked_and_not_counted(me: Http) -> None:
    fine, short, gone, off = (make_goods(5, 100) for _ in range(4))
    for sku in (fine, short, gone, off):
        add(me, sku, 3)
    with transaction() as session:
        take_out(session, short, 4, reason="lost", ref="staff")
        take_out(session, gone, 5, reason="lost", ref="staff")
        spu = select(Sku.spu_id).where(Sku.id == off).scalar_subquery()
        session.execute(update(Spu).where(Spu.id == spu).values(on_shelf=False))
    cart = me.get("/api/v1/cart").get_json()
    assert {x["sku_id"]: (x["state"], x["left"]) for x in cart["lines"]} == {
        str(fine): ("ok", 5),
        str(short): ("short", 1),
        str(gone): ("sold_out", 0),
        str(off): ("off_shelf", 5),
    }
    assert cart["goods_fen"] == 300


def test_setting_and_removing(me: Http) -> None:
    sku = make_goods(10)
    add(me, sku, 2)
    line = f"/api/v1/cart/lines/{sku}"
    assert me.put(line, {"quantity": 7}).get_json()["quantity"] == 7
    refused = me.put(line, {"quantity": 11})
    assert (refused.status_code, error_code(refused)) == (409, "out_of_stock")
    assert in_cart() == 7
    assert me.delete(line).status_code == 204
    assert me.delete(line).status_code == 204
    gone = me.put(line, {"quantity": 1})
    assert (gone.status_code, error_code(gone)) == (404, "cart_line_not_found")


def test_nobody_touches_anothers_cart(me: Http, http: Http) -> None:
    sku = make_goods()
    add(me, sku, 2)
    other = http.as_(make_shopper()[1])
    assert other.get("/api/v1/cart").get_json() == {"lines": [], "goods_fen": 0}
    assert other.put(f"/api/v1/cart/lines/{sku}", {"quantity": 1}).status_code == 404
    assert other.delete(f"/api/v1/cart/lines/{sku}").status_code == 204
    assert in_cart() == 2


def test_all_of_a_cart_is_taken_and_nothing_of_anothers(app: Flask) -> None:
    mine, others, sku = make_shopper()[0], make_shopper()[0], make_goods()
    for user_id, quantity in ((mine, 1), (others, 2)):
        commands.add(user_id, sku, quantity)
    with transaction() as session:
        assert commands.take(session, mine) == {sku: 1}
        assert quantities(session, others) == {sku: 2}


def test_no_more_than_there_is_or_than_a_line_holds(me: Http) -> None:
    few, many = make_goods(3), make_goods(20_000)
    assert error_code(add(me, few, 4)) == "out_of_stock"
    add(me, few, 2)
    assert error_code(add(me, few, 2)) == "out_of_stock"
    add(me, many, 9_999)
    assert error_code(add(me, many, 1)) == "quantity_too_large"
    assert in_cart() == 2 + 9_999


def test_a_cart_holds_so_many_lines(me: Http) -> None:
    skus = [make_goods() for _ in range(MAX_LINES + 1)]
    for sku in skus[:-1]:
        assert add(me, sku).status_code == 201
    assert error_code(add(me, skus[-1])) == "cart_full"
    assert add(me, skus[0]).get_json()["quantity"] == 2
    assert me.delete(f"/api/v1/cart/lines/{skus[40]}").status_code == 204
    assert add(me, skus[-1]).status_code == 201
    assert error_code(add(me, skus[40])) == "cart_full"


def test_reading_and_adding_are_one_statement_each(app: Flask) -> None:
    user_id, sku = make_shopper()[0], make_goods()
    for quantity in (1, 2):
        with sent_statements() as sent:
            assert commands.add(user_id, sku, 1) == quantity
        assert [s.split()[0] for s in sent if "cart_lines" in s] == ["WITH"]
        # Which missions count carts is read once a second.
        assert len([s for s in sent if s not in TRANSACTION and "missions" not in s]) == 1
    with transaction() as session, sent_statements() as sent:
        assert quantities(session, user_id) == {sku: 2}
    assert len([s for s in sent if s not in TRANSACTION]) == 1


def test_each_change_is_an_event_for_whoever_listens(
    app: Flask, me: Http, work: Callable[[], None]
) -> None:
    told: list[CartChanged] = []
    sku = make_goods()

    def change() -> None:
        add(me, sku)
        me.put(f"/api/v1/cart/lines/{sku}", {"quantity": 3})
        add(me, sku, 9_999)  # refused
        for _ in range(2):
            me.delete(f"/api/v1/cart/lines/{sku}")

    change()
    waiting = text("SELECT count(*) FROM procrastinate_jobs")
    assert db.session.scalar(waiting) == 0, "costs nothing when nobody listens"
    handler = ("tests.told", lambda _, event: told.append(event))
    with installed(lambda mall: mall.on(CartChanged, *handler)):
        change()
        work()
    assert len(told) == 3, "put in, changed, taken out"
    assert len(set(told)) == 1


def test_what_is_not_sold_is_not_put_in(me: Http) -> None:
    off = stock(make_sku(on_sale=False), 5)
    for sku, code, status in ((off, "sku_off_shelf", 409), (999_999, "sku_unknown", 404)):
        refused = add(me, sku)
        assert (refused.status_code, error_code(refused)) == (status, code)
    assert in_cart() == 0


BAD = [0, -1, 10_000, 10**30, 1.0, 1.5, math.nan, math.inf, True, "1", None, [], {}]


@pytest.mark.parametrize("quantity", BAD)
def test_a_bad_quantity_changes_nothing(me: Http, quantity: Any) -> None:
    sku = make_goods()
    add(me, sku, 2)
    for answer in (
        add(me, sku, quantity),
        me.put(f"/api/v1/cart/lines/{sku}", {"quantity": quantity}),
    ):
        assert answer.status_code in (400, 422)
        assert error_code(answer) in ("bad_request", "validation_failed")
    assert in_cart() == 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"sku_id": "1"},
        {"quantity": 1},
        {"sku_id": 1, "quantity": 1},
        {"sku_id": "0", "quantity": 1},
        {"sku_id": "-1", "quantity": 1},
        {"sku_id": "1 OR 1=1", "quantity": 1},
        {"sku_id": "9" * 19, "quantity": 1},
        {"sku_id": "1", "quantity": 1, "price_fen": 1},
        [],
        "x",
    ],
)
def test_a_bad_line_is_refused(me: Http, body: Any) -> None:
    answer = me.post("/api/v1/cart/lines", body)
    assert (answer.status_code, error_code(answer)) == (422, "validation_failed")
    assert in_cart() == 0


@pytest.mark.parametrize("sku_id", ["0", "x", "-1", "9" * 20, "1.5"])
def test_a_bad_path_is_not_found(me: Http, sku_id: str) -> None:
    assert me.delete(f"/api/v1/cart/lines/{sku_id}").status_code == 404
