"""What an order costs beside money is shown with the quote, the order, and before it goes back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.support.http import Http, error_code
from tests.support.kinds import COINS_PER_UNIT, TOY, Toy, coins_of, give_coins, toys
from tests.support.orders import Buyer, make_buyer, make_goods, pay
from tests.support.staff import make_staff

STAFF = "/admin/api/v1"


@pytest.fixture
def toy(app: Flask) -> Iterator[Toy]:
    with toys() as toy:
        yield toy


@pytest.fixture
def buyer(toy: Toy) -> Buyer:
    buyer = make_buyer()
    give_coins(buyer.user_id, 100)
    return buyer


def shown(answer: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(one["label"], one["text"], one["quantity"]) for one in answer["extras"]]


def bought(http: Http, buyer: Buyer, units: int) -> tuple[str, str, Http]:
    """A paid order that cost coins, its line, and the shopper."""
    me = http.as_(buyer.token)
    body = {
        "lines": [{"sku_id": str(make_goods(10, 1_000)), "quantity": units}],
        "address_id": str(buyer.address_id),
        "choices": {TOY: "coins"},
    }
    quote = me.post("/api/v1/quotes", body).get_json()
    coins = COINS_PER_UNIT * units
    assert shown(quote) == [("需要金币", f"{coins} 金币", coins)]
    placed = me.post("/api/v1/orders", {**body, "expected_payable_fen": quote["payable_fen"]})
    order_no = placed.get_json()["order_no"]
    pay(order_no)
    order = me.get(f"/api/v1/orders/{order_no}").get_json()
    assert shown(order) == [("使用金币", f"{coins} 金币", coins)]
    return order_no, order["lines"][0]["id"], me


def test_a_shopper_sees_what_goes_back_before_asking_and_while_it_is_open(
    http: Http, buyer: Buyer
) -> None:
    order_no, line_id, me = bought(http, buyer, 3)
    body = {"kind": "refund_only", "lines": [{"line_id": line_id, "quantity": 2}]}
    path = f"/api/v1/orders/{order_no}"
    looked = me.post(f"{path}/after-sale-previews", body)
    assert looked.status_code == 200, looked.get_json()
    assert shown(looked.get_json()) == [("退回金币", "10 金币", 10)]
    asked = me.post(f"{path}/after-sales", {**body, "reason": "damaged"}).get_json()
    for name in ("goods_fen", "freight_fen"):
        assert asked[name] == looked.get_json()[name]
    assert shown(asked) == shown(looked.get_json())
    again = me.post(f"{path}/after-sale-previews", body)
    assert error_code(again) == "after_sale_quantity"
    number = asked["after_sale_no"]
    me.post(f"/api/v1/after-sales/{number}/cancellation")
    assert shown(me.get(f"/api/v1/after-sales/{number}").get_json()) == []


def test_staff_see_what_goes_back_before_they_refund(http: Http, buyer: Buyer) -> None:
    order_no, line_id, _ = bought(http, buyer, 2)
    clerk = http.as_(make_staff("refund:write"))
    path = f"{STAFF}/orders/{order_no}/refund-previews"
    looked = clerk.post(path, {"lines": [{"line_id": line_id, "quantity": 1}], "freight_fen": 1})
    assert looked.status_code == 200, looked.get_json()
    body = looked.get_json()
    assert shown(body) == [("退回金币", "5 金币", 5)]
    assert body["amount_fen"] == body["lines"][0]["amount_fen"] + 1
    too_many = clerk.post(path, {"lines": [{"line_id": line_id, "quantity": 3}]})
    assert error_code(too_many) == "refund_not_possible"
    assert coins_of(buyer.user_id) == 100 - 2 * COINS_PER_UNIT
    order = http.as_(buyer.token).get(f"/api/v1/orders/{order_no}").get_json()
    assert (order["refunding_fen"], order["lines"][0]["refunded_quantity"]) == (0, 0)
