"""`my-prices`: what a unit costs one shopper, for lists that are the same for all."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from mall.catalog.models import Sku
from mall.kernel.db import transaction
from mall.orders.participants import PARTICIPANTS, OrderParticipant, PlacingContext
from mall.orders.shopper_prices import shopper_prices
from mall.pricing.quote import PriceRule
from tests.support import stacking as table
from tests.support.catalog import make_sku
from tests.support.features import installed
from tests.support.http import Http, error_code
from tests.support.orders import Buyer, buy, make_buyer, make_goods, pay
from tests.support.promotions import make_gift, make_promotion
from tests.support.stacking import group_price, member_price
from tests.support.statements import sent_statements

PATH = "/api/v1/my-prices"


class Members(OrderParticipant):
    """A member price for one shopper, and a group's for everybody; no hook but the rules."""

    name = "test.members"

    def __init__(self, member: int) -> None:
        self.member = member

    def price_rules(self, session: Session, context: PlacingContext) -> list[PriceRule]:
        cheap = [line.sku_id for line in context.lines if line.price_fen == table.UNIT_FEN]
        found: list[PriceRule] = [table.POINTS]
        for sku_id in cheap:
            found += [member_price(sku_id)] if context.user_id == self.member else []
        return [*found, group_price(cheap[0])] if cheap else found


@pytest.fixture
def buyer(app: Flask) -> Buyer:
    return make_buyer()


def prices(http: Http, buyer: Buyer, *sku_ids: int) -> list[dict[str, Any]]:
    answer = http.as_(buyer.token).get(PATH, sku_ids=",".join(map(str, sku_ids)))
    assert answer.status_code == 200, answer.get_json()
    items: list[dict[str, Any]] = answer.get_json()["items"]
    return items


def test_each_shopper_has_their_own_while_products_are_the_same(http: Http, buyer: Buyer) -> None:
    a, b = make_sku(table.UNIT_FEN), make_sku(table.UNIT_FEN)
    dear = make_sku(20_000)
    with transaction() as session:
        session.execute(update(Sku).where(Sku.id == dear).values(list_price_fen=30_000))
        spu_id = session.get_one(Sku, a).spu_id
    other = make_buyer()
    before = http.get(f"/api/v1/products/{spu_id}").get_data()
    with installed(lambda mall: mall.add(PARTICIPANTS, Members(buyer.user_id))):
        mine, others = prices(http, buyer, dear, b, a), prices(http, other, a, b, dear)
        asked = [
            http.as_(one.token).get(f"/api/v1/products/{spu_id}").get_data()
            for one in (buyer, other)
        ]
    assert asked == [before, before]
    assert mine[1:] == [
        {
            "sku_id": str(b),
            "list_price_fen": None,
            "price_fen": 10_000,
            "my_price_fen": table.MEMBER_FEN,
            "label": table.MEMBER,
            "kind": "member",
        },
        {
            "sku_id": str(dear),
            "list_price_fen": 30_000,
            "price_fen": 20_000,
            "my_price_fen": 20_000,
            "label": None,
            "kind": None,
        },
    ]
    assert [(x["my_price_fen"], x["kind"]) for x in mine] == [
        (table.GROUP_FEN, "group"),
        (table.MEMBER_FEN, "member"),
        (20_000, None),
    ]
    assert [x["my_price_fen"] for x in others] == [table.GROUP_FEN, 10_000, 20_000]


def test_new_customers_have_the_price_of_their_first_order(http: Http, buyer: Buyer) -> None:
    sku, old = make_goods(10, 10_000), make_buyer()
    pay(buy(old, {sku: 1}))
    rule = {"fixed_prices": {"prices": [{"sku_id": str(sku), "price_fen": 100}]}}
    make_promotion(rule, name="新人价", new_customers_only=True)
    make_promotion({"amount_off": {"steps": [{"from_fen": 200, "off_fen": 100}]}}, name="满减")
    (mine,), (theirs,) = prices(http, buyer, sku), prices(http, old, sku)
    assert (mine["my_price_fen"], mine["label"], mine["kind"]) == (
        100,
        "新人价（限时特价）",
        "promotion",
    )
    assert (theirs["my_price_fen"], theirs["label"]) == (10_000, None)
    body = {"lines": [{"sku_id": str(sku), "quantity": 1}]}
    shown = http.as_(buyer.token).post("/api/v1/quotes", body).get_json()
    assert shown["lines"][0]["payable_fen"] == mine["my_price_fen"]


def test_a_budget_is_asked_about_each_sku_alone(http: Http, buyer: Buyer) -> None:
    a, b = make_goods(10, 1_000), make_goods(10, 1_000)
    make_promotion({"percent": {"pay_bp": 9_000}}, budget_fen=150)
    assert [x["my_price_fen"] for x in prices(http, buyer, a, b)] == [900, 900]


def test_what_is_unknown_or_not_on_sale_is_left_out(http: Http, buyer: Buyer) -> None:
    sku, off = make_sku(), make_sku(on_sale=False)
    assert [x["sku_id"] for x in prices(http, buyer, off, sku, 999_999)] == [str(sku)]
    assert prices(http, buyer, off) == []


def test_a_hundred_at_most_and_only_for_shoppers(http: Http, buyer: Buyer) -> None:
    many = ",".join(map(str, range(1, 102)))
    refused = http.as_(buyer.token).get(PATH, sku_ids=many)
    assert (refused.status_code, error_code(refused)) == (422, "validation_failed")
    assert http.get(PATH, sku_ids="1").status_code == 401


def test_the_number_of_statements_is_the_same_for_one_and_for_a_hundred(buyer: Buyer) -> None:
    skus = [make_sku() for _ in range(100)]
    make_gift(skus[0], skus[1])
    for n in range(5):
        make_promotion({"percent": {"pay_bp": 9_000 - n}}, stacks_with=None)
    counts, found = [], []
    for wanted in (skus[:1], skus[:1], skus):  # the first also parses the terms
        with sent_statements() as sent:
            found.append(shopper_prices(buyer.user_id, wanted))
        counts.append(len(sent))
    assert counts[1] == counts[2] <= 3
    assert [len(one) for one in found] == [1, 1, 100]
