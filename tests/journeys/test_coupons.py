"""A coupon's life through HTTP: claimed, quoted, held by an order, back, used, back again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from tests.support.coupons import make_rule, make_template
from tests.support.http import Http
from tests.support.payments import Shop, assert_money_is_right
from tests.support.servers import LiveServer
from tests.support.staff import make_staff


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[Shop]:
    shop = Shop(app, simulator, work)
    yield shop
    assert_money_is_right(shop)


def ids(shop: Shop, tab: str) -> list[str]:
    page = shop.shopper.get("/api/v1/coupons", tab=tab).get_json()
    return [coupon["id"] for coupon in page["items"]]


def wanted(shop: Shop, choice: str) -> dict[str, Any]:
    return {
        "lines": [{"sku_id": str(shop.sku_id), "quantity": 2}],
        "address_id": str(shop.address_id),
        "choices": {"coupons": choice},
    }


def order(shop: Shop, choice: str) -> str:
    quote = shop.shopper.post("/api/v1/quotes", wanted(shop, choice)).get_json()
    assert quote["discount_fen"] > 0
    assert [o["choice"] for o in quote["offers"] if o["chosen"]] == [choice]
    body = {**wanted(shop, choice), "expected_payable_fen": quote["payable_fen"]}
    placed = shop.shopper.post("/api/v1/orders", body)
    assert placed.status_code == 201, placed.get_json()
    return str(placed.get_json()["order_no"])


def claimed(shop: Shop, **more: Any) -> str:
    answer = shop.shopper.post(f"/api/v1/coupon-templates/{make_template(**more)}/claims")
    assert answer.status_code == 201
    return str(answer.get_json()["id"])


def refund_in_full(shop: Shop, order_no: str) -> None:
    freight_fen = shop.detail(order_no)["freight_fen"]
    shop.refunded(order_no, 2, freight_fen=freight_fen)
    shop.work()


def test_back_after_closing_used_after_paying_back_after_a_full_refund(shop: Shop) -> None:
    coupon = claimed(shop)
    first = order(shop, coupon)
    refused = shop.shopper.post("/api/v1/quotes", wanted(shop, coupon))
    assert refused.get_json()["error"]["code"] == "coupon_not_usable"
    assert shop.cancel(first).status_code == 200
    shop.sweep()
    assert shop.status(first) == "closed"
    assert ids(shop, "usable") == [coupon]

    second = order(shop, coupon)
    shop.pay(second)
    shop.work()
    assert (ids(shop, "usable"), ids(shop, "used")) == ([], [coupon])
    detail = shop.detail(second)
    assert detail["discount_fen"] == 500
    assert detail["payable_fen"] == 2 * 1234 - 500 + detail["freight_fen"]

    shop.let_time_pass(2)
    refund_in_full(shop, second)
    assert shop.status(second) == "closed"
    assert shop.detail(second)["refunded_fen"] == detail["payable_fen"]
    assert (ids(shop, "usable"), ids(shop, "used")) == ([coupon], [])


def test_by_policy_it_stays_used(shop: Shop) -> None:
    coupon = claimed(shop, back_on_refund=False)
    order_no = order(shop, coupon)
    shop.pay(order_no)
    refund_in_full(shop, order_no)
    assert (ids(shop, "usable"), ids(shop, "used")) == ([], [coupon])


def test_a_gift_from_staff_makes_the_order_nearly_free(shop: Shop) -> None:
    """Payable stays above zero, WeChat takes it, and all of it can be refunded."""
    staff = Http(shop.app, make_staff("reward:write"))
    template_id = make_template(way="reward", amount_fen=100_000, threshold_fen=0)
    rule_id = make_rule(template_id)
    body = {"event": "sorry", "user_ids": [str(shop.user_id)]}
    sent = staff.post(f"/admin/api/v1/reward-rules/{rule_id}/grants", body).get_json()["items"]
    assert [item["outcome"] for item in sent] == ["granted"]
    (coupon,) = ids(shop, "usable")
    order_no = order(shop, coupon)
    detail = shop.detail(order_no)
    assert detail["payable_fen"] == 1 + detail["freight_fen"]
    shop.pay(order_no)
    shop.work()
    assert ids(shop, "used") == [coupon]
    taken = staff.post(f"/admin/api/v1/reward-grants/{sent[0]['grant_id']}/reversal")
    assert taken.status_code == 204
    refund_in_full(shop, order_no)
    assert (ids(shop, "usable"), ids(shop, "used")) == ([], []), "its reward was taken back"
