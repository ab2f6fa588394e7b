"""Promotions in quotes and orders, through HTTP and the real database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from mall.catalog.models import Category, Sku, Spu
from mall.kernel.db import db_now, transaction
from mall.orders.closing import close_unpaid
from mall.promotions.commands import pause_promotion
from tests.support.catalog import make_category, make_sku
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.inventory import stock
from tests.support.orders import Buyer, buy, make_buyer, make_goods, order_of, pay
from tests.support.promotions import make_promotion, promotion_of


def quote(http: Http, buyer: Buyer, lines: dict[int, int]) -> dict[str, Any]:
    body = {
        "lines": [{"sku_id": str(sku), "quantity": units} for sku, units in lines.items()],
        "address_id": str(buyer.address_id),
    }
    answer = http.as_(buyer.token).post("/api/v1/quotes", body)
    assert answer.status_code == 200, answer.get_json()
    shown: dict[str, Any] = answer.get_json()
    return shown


def place(http: Http, buyer: Buyer, lines: dict[int, int], payable_fen: int) -> Any:
    body = {
        "lines": [{"sku_id": str(sku), "quantity": units} for sku, units in lines.items()],
        "address_id": str(buyer.address_id),
        "expected_payable_fen": payable_fen,
    }
    return http.as_(buyer.token).post("/api/v1/orders", body)


def off(shown: dict[str, Any]) -> list[int]:
    return [a["amount_fen"] for a in shown["adjustments"] if a["lane"] != "FREIGHT"]


def test_the_quote_says_why_and_what_comes_next(app: Flask, http: Http) -> None:
    buyer, dear, cheap = make_buyer(), make_goods(10, 29_900), make_goods(10, 7_700)
    make_promotion(name="秋促")
    shown = quote(http, buyer, {dear: 1, cheap: 1})
    assert shown["discount_fen"] == 2_000
    (adjustment,) = shown["adjustments"]
    assert adjustment == {
        "lane": "PROMOTION",
        "label": "秋促（满 199 减 20）",
        "amount_fen": -2_000,
        "note": "同一商品不与其他同类优惠同享",
    }
    assert [line["adjustments"] for line in shown["lines"]] == [
        [{"label": "秋促（满 199 减 20）", "amount_fen": -1_590}],
        [{"label": "秋促（满 199 减 20）", "amount_fen": -410}],
    ]
    (hint,) = shown["hints"]
    assert hint == {
        "label": "秋促",
        "text": "再买 ¥23 可减 ¥50",
        "short_fen": 2_300,
        "short_units": None,
    }
    placed = place(http, buyer, {dear: 1, cheap: 1}, shown["payable_fen"])
    assert placed.status_code == 201
    kept = http.as_(buyer.token).get(f"/api/v1/orders/{placed.get_json()['order_no']}").get_json()
    assert kept["payable_fen"] == shown["payable_fen"] == 29_900 + 7_700 - 2_000
    check_invariants()


def test_the_next_step_is_reached(app: Flask, http: Http) -> None:
    buyer, sku = make_buyer(), make_goods(10, 19_950)
    make_promotion()
    shown = quote(http, buyer, {sku: 2})
    assert (off(shown), shown["hints"]) == ([-5_000], [])


RULES: Sequence[tuple[dict[str, Any], dict[int, int], int]] = [
    # rule, {price: units}, off
    ({"units_percent": {"steps": [{"from_units": 3, "pay_bp": 8_000}]}}, {1_000: 3}, 600),
    ({"units_percent": {"steps": [{"from_units": 3, "pay_bp": 8_000}]}}, {1_000: 2}, 0),
    ({"units_free": {"units": 3, "free_units": 1}}, {1_000: 2, 700: 1}, 700),
    ({"units_free": {"units": 3, "free_units": 1}}, {1_000: 4, 700: 2}, 700),
    ({"units_free": {"units": 3, "free_units": 1, "repeat": True}}, {1_000: 4, 700: 2}, 1_400),
    ({"percent": {"pay_bp": 8_500}}, {999: 2}, 2 * 149),
    ({"free_freight": {"from_fen": 3_000}}, {1_000: 3}, 0),
]


@pytest.mark.parametrize(("rule", "goods", "expected_fen"), RULES)
def test_every_kind_in_a_quote(
    app: Flask, http: Http, rule: dict[str, Any], goods: dict[int, int], expected_fen: int
) -> None:
    buyer = make_buyer()
    lines = {make_goods(20, price_fen): units for price_fen, units in goods.items()}
    before = quote(http, buyer, lines)
    make_promotion(rule)
    shown = quote(http, buyer, lines)
    assert shown["discount_fen"] == expected_fen
    if "free_freight" in rule:
        assert (before["freight_fen"], shown["freight_fen"]) == (1_000, 0)
    assert place(http, buyer, lines, shown["payable_fen"]).status_code == 201
    check_invariants()


def test_prices_and_bundles_name_their_skus(app: Flask, http: Http) -> None:
    buyer, a, b = make_buyer(), make_goods(20, 1_000), make_goods(20, 500)
    make_promotion({"fixed_prices": {"prices": [{"sku_id": str(a), "price_fen": 800}]}})
    items = [{"sku_id": str(a), "units": 1}, {"sku_id": str(b), "units": 2}]
    make_promotion({"bundle": {"items": items, "price_fen": 1_500}}, name="套装")
    shown = quote(http, buyer, {a: 3, b: 3})
    # 3 × 200 by the price; one set of 800 + 2 × 500 for 1500.
    assert off(shown) == [-600, -300]
    alone = quote(http, buyer, {b: 3})
    assert alone["hints"][0]["text"] == "再买 1 件配齐套装，15 元一套"


def test_scopes(app: Flask, http: Http) -> None:
    parent, other = make_category("床品"), make_category("家电")
    with transaction() as session:
        child = Category(name="枕头", path="", level=2, parent_id=parent)
        session.add(child)
        session.flush()
        child.path = f"/{parent}/{child.id}/"
        child_id = child.id
    buyer = make_buyer()
    under = stock(make_sku(10_000, category_id=child_id), 10)
    excluded = stock(make_sku(10_000, category_id=child_id), 10)
    elsewhere = stock(make_sku(10_000, category_id=other), 10)
    with transaction() as session:
        spu_id = session.get_one(Sku, excluded).spu_id
    make_promotion(
        {"percent": {"pay_bp": 9_000}},
        scope={
            "only": {"category_ids": [str(parent)]},
            "excluded": {"spu_ids": [str(spu_id)]},
        },
    )
    shown = quote(http, buyer, {under: 1, excluded: 1, elsewhere: 1})
    assert [line["payable_fen"] for line in shown["lines"]] == [9_000, 10_000, 10_000]
    with transaction() as session:  # moved away from under the category
        session.execute(update(Spu).values(category_id=other))
    assert off(quote(http, buyer, {under: 1})) == []


def test_times_pauses_and_ends(app: Flask, http: Http) -> None:
    buyer, sku = make_buyer(), make_goods(10, 20_000)
    with transaction() as session:
        now = db_now(session)
    later = make_promotion(starts_at=(now + timedelta(minutes=1)).isoformat())
    assert off(quote(http, buyer, {sku: 1})) == []
    with transaction() as session:
        row = promotion_of(later)
        session.execute(
            update(type(row)).values(
                starts_at=now - timedelta(minutes=2), ends_at=now - timedelta(minutes=1)
            )
        )
    assert off(quote(http, buyer, {sku: 1})) == []
    running = make_promotion()
    pause_promotion(running, True)
    assert off(quote(http, buyer, {sku: 1})) == []
    pause_promotion(running, False)
    assert off(quote(http, buyer, {sku: 1})) == [-2_000]


def test_what_goes_together(app: Flask, http: Http) -> None:
    buyer, sku = make_buyer(), make_goods(10, 20_000)
    cut = {"amount_off": {"steps": [{"from_fen": 10_000, "off_fen": 1_000}]}}
    make_promotion(cut, name="甲", exclusive_group="大促", stacks_with=["会员"])
    make_promotion(cut, name="乙", exclusive_group="会员", stacks_with=None)
    better = {"amount_off": {"steps": [{"from_fen": 10_000, "off_fen": 1_500}]}}
    make_promotion(better, name="丙", exclusive_group="大促")
    shown = quote(http, buyer, {sku: 1})
    assert off(shown) == [-1_000, -1_000], "甲 and 乙 together beat 丙"
    assert (
        shown["adjustments"][0]["note"] == "同一商品上与同组「大促」的优惠取最优，可与「会员」同享"
    )


def test_lanes_see_what_was_left(app: Flask, http: Http) -> None:
    buyer, sku = make_buyer(), make_goods(10, 20_000)
    make_promotion({"percent": {"pay_bp": 9_900}})
    make_promotion()  # 满199 on the 198 that are left
    shown = quote(http, buyer, {sku: 1})
    assert off(shown) == [-200]
    assert [hint["text"] for hint in shown["hints"]] == ["再买 ¥1 可减 ¥20"]


def test_new_customers_only(app: Flask, http: Http) -> None:
    buyer, old, sku = make_buyer(), make_buyer(), make_goods(10, 20_000)
    pay(buy(old, {sku: 1}))
    make_promotion(new_customers_only=True)
    assert off(quote(http, old, {sku: 1})) == []
    assert off(quote(http, buyer, {sku: 1})) == [-2_000]
    order_no = buy(buyer, {sku: 1})
    second = buy(buyer, {sku: 1})
    pay(order_no)
    assert order_of(order_no).discount_fen == 2_000
    assert order_of(second).discount_fen == 0, "one order only, until it is closed"
    assert off(quote(http, buyer, {sku: 1})) == []


def close(order_no: str) -> None:
    with transaction() as session:
        assert close_unpaid(session, order_no, "shopper")


def test_a_spent_budget_pauses_and_goes_on_when_an_order_gives_back(app: Flask, http: Http) -> None:
    buyer, other, sku = make_buyer(), make_buyer(), make_goods(10, 20_000)
    promotion_id = make_promotion(budget_fen=4_000, shopper_max_orders=1)
    order_no = buy(buyer, {sku: 1})
    assert off(quote(http, buyer, {sku: 1})) == [], "one order a shopper"
    assert promotion_of(promotion_id).paused is None
    buy(other, {sku: 1})
    assert promotion_of(promotion_id).paused == "budget"
    third = make_buyer()
    assert off(quote(http, third, {sku: 1})) == []
    close(order_no)
    row = promotion_of(promotion_id)
    assert (row.paused, row.spent_fen, row.orders) == (None, 2_000, 1)
    assert off(quote(http, third, {sku: 1})) == [-2_000]
    check_invariants()


def test_a_deal_above_what_is_left_is_not_offered(app: Flask, http: Http) -> None:
    buyer, sku = make_buyer(), make_goods(10, 20_000)
    make_promotion(budget_fen=4_999)
    assert off(quote(http, buyer, {sku: 2})) == []
    assert off(quote(http, buyer, {sku: 1})) == [-2_000]
    assert quote(http, buyer, {sku: 1})["hints"] == [], "the next step isn't promised either"


def test_what_ended_after_the_quote_is_refused_by_its_price(app: Flask, http: Http) -> None:
    buyer, other, sku = make_buyer(), make_buyer(), make_goods(10, 20_000)
    make_promotion(max_orders=1)
    shown = quote(http, buyer, {sku: 1})
    buy(other, {sku: 1})
    refused = place(http, buyer, {sku: 1}, shown["payable_fen"])
    assert (refused.status_code, error_code(refused)) == (409, "price_changed")
