"""Staff change the price of an unpaid order; what stands at WeChat under the old amount goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from mall.kernel.db import transaction
from mall.staff.models import AuditEntry
from tests.support.catalog import make_sku
from tests.support.freight import make_freight_template, zone
from tests.support.http import Http, error_code
from tests.support.inventory import Units, stock, units
from tests.support.payments import PAY, Shop, assert_money_is_right
from tests.support.servers import LiveServer
from tests.support.staff import make_staff

PREPAY = "/v3/pay/transactions/jsapi"
ORDERS = "/v3/pay/transactions/out-trade-no"
NO_SUCH_ORDER = {"status": 404, "code": "ORDER_NOT_EXIST", "message": "订单不存在"}


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[Shop]:
    shop = Shop(app, simulator, work)
    make_freight_template(zone(), is_default=True)
    yield shop
    assert_money_is_right(shop)


@pytest.fixture
def clerk(shop: Shop, http: Http) -> Http:
    return http.as_(make_staff("order:price", "order:read", username="xiaowang"))


def path(order_no: str) -> str:
    return f"/admin/api/v1/orders/{order_no}/price"


def change(clerk: Http, order_no: str, **amounts: Any) -> TestResponse:
    return clerk.put(path(order_no), {"reason": "老客户优惠", **amounts})


def changed(clerk: Http, order_no: str, **amounts: Any) -> dict[str, Any]:
    answer = change(clerk, order_no, **amounts)
    assert answer.status_code == 200, answer.get_json()
    body: dict[str, Any] = answer.get_json()
    return body


def adjustments(shop: Shop, order_no: str) -> list[tuple[str, int]]:
    return [(a["label"], a["amount_fen"]) for a in shop.detail(order_no)["adjustments"]]


def test_price_and_freight_go_down_and_up_again(shop: Shop, clerk: Http) -> None:
    """2 × 12.34 and 5.00, 12.00 of freight."""
    other = stock(make_sku(500), 10)
    order_no = shop.order(2, **{str(other): 1})
    first, second = (line["line_id"] for line in clerk.get(path(order_no)).get_json()["lines"])

    shown = changed(clerk, order_no, lines=[{"line_id": first, "payable_fen": 2000}], freight_fen=0)
    assert (shown["payable_fen"], shown["quoted_fen"]) == (2500, 2968 + 1200)
    assert adjustments(shop, order_no)[1:] == [("商家改价", -468), ("商家改运费", -1200)]
    detail = shop.detail(order_no)
    assert [line["payable_fen"] for line in detail["lines"]] == [2000, 500]
    assert (detail["freight_fen"], detail["payable_fen"]) == (0, 2500)

    shown = changed(clerk, order_no, goods_payable_fen=1484, freight_fen=100)
    assert [line["payable_fen"] for line in shown["lines"]] == [1234, 250]
    assert adjustments(shop, order_no)[1:] == [("商家改价", -1484), ("商家改运费", -1100)]

    shown = changed(clerk, order_no, goods_payable_fen=2968, freight_fen=1200)
    assert len(adjustments(shop, order_no)) == 1, "as it was quoted"
    again = changed(clerk, order_no, lines=[{"line_id": second, "payable_fen": 500}])
    assert again == shown, "the same price is no change"
    assert [
        (c["changed_by"], c["reason"], c["payable_before_fen"], c["payable_after_fen"])
        for c in shown["changes"]
    ] == [
        ("xiaowang", "老客户优惠", 1584, 4168),
        ("xiaowang", "老客户优惠", 2500, 1584),
        ("xiaowang", "老客户优惠", 4168, 2500),
    ]
    shop.pay(order_no)
    assert shop.detail(order_no)["paid_fen"] == 4168


def test_a_changed_order_is_paid_and_refunded_at_its_price(shop: Shop, clerk: Http) -> None:
    order_no = shop.order(2)
    changed(clerk, order_no, goods_payable_fen=2001)
    shop.pay(order_no)
    assert shop.detail(order_no)["paid_fen"] == 2001 + 1000
    refund_no = shop.refunded(order_no, 1)
    assert shop.show_refund(refund_no)["amount_fen"] == 1000
    assert error_code(change(clerk, order_no, goods_payable_fen=1)) == "order_already_paid"


def test_the_open_payment_is_closed_at_wechat_and_asked_for_anew(shop: Shop, clerk: Http) -> None:
    order_no = shop.order(2)
    shop.start(order_no)
    changed(clerk, order_no, freight_fen=0)
    [old] = shop.wechat_payments()
    assert (old["state"], old["total"]) == ("CLOSED", 3468)
    started = shop.shopper.post(f"/api/v1/orders/{order_no}/payment").get_json()
    assert started["amount_fen"] == 2468
    shop.pay(order_no)
    assert shop.detail(order_no)["paid_fen"] == 2468


def test_a_payment_of_the_old_price_that_was_faster_counts(shop: Shop, clerk: Http) -> None:
    shop.fault(PAY, "drop")
    order_no = shop.order(2)
    shop.approve(shop.start(order_no))
    assert error_code(change(clerk, order_no, freight_fen=0)) == "order_already_paid"
    detail = shop.detail(order_no)
    assert (detail["status"], detail["paid_fen"]) == ("paid", 3468)
    assert len(detail["adjustments"]) == 1


def test_while_wechat_cant_tell_the_price_stays(shop: Shop, clerk: Http) -> None:
    order_no = shop.order(2)
    shop.start(order_no)
    shop.fault("api", "http_500", path=ORDERS)
    refused = change(clerk, order_no, freight_fen=0)
    assert (refused.status_code, error_code(refused)) == (503, "payment_unavailable")
    assert shop.detail(order_no)["payable_fen"] == 3468
    changed(clerk, order_no, freight_fen=0)


def test_the_old_amount_paid_after_all_goes_back_whole(shop: Shop, clerk: Http) -> None:
    """WeChat didn't know its own payment when it was asked; the shopper's phone did."""
    order_no = shop.order(2)
    shop.fault("api", "lost_reply", path=PREPAY)
    assert shop.shopper.post(f"/api/v1/orders/{order_no}/payment").status_code == 503
    shop.fault("api", "error", path=ORDERS, error=NO_SUCH_ORDER)
    changed(clerk, order_no, freight_fen=0)
    [old] = shop.wechat_payments()

    shop.control(f"/payments/{old['out_trade_no']}/approve")
    shop.settle_down()
    shop.work()
    shop.settle_down()
    assert shop.status(order_no) == "unpaid", "neither paid short nor lost"
    [refund] = shop.payments(order_no)["refunds"]
    assert (refund["amount_fen"], refund["status"]) == (3468, "succeeded")
    shop.pay(order_no)
    assert shop.detail(order_no)["paid_fen"] == 2468
    assert units(shop.sku_id) == Units(18, sold=2)


def test_the_old_amount_paid_after_the_order_closed_isnt_placed_again(
    shop: Shop, clerk: Http
) -> None:
    order_no = shop.order(2)
    shop.fault("api", "lost_reply", path=PREPAY)
    shop.shopper.post(f"/api/v1/orders/{order_no}/payment")
    shop.fault("api", "error", path=ORDERS, error=NO_SUCH_ORDER)
    changed(clerk, order_no, freight_fen=0)
    shop.cancel(order_no)
    [old] = shop.wechat_payments()
    shop.control(f"/payments/{old['out_trade_no']}/approve")
    shop.settle_down()
    shop.work()
    shop.settle_down()
    assert shop.payment(order_no)["status"] == "returned"
    assert units(shop.sku_id) == Units(20)


def test_a_changed_order_is_placed_again_as_it_was(shop: Shop, clerk: Http) -> None:
    order_no = shop.order(2)
    changed(clerk, order_no, goods_payable_fen=2000)
    shop.fault("api", "lost_reply", path=PREPAY)
    shop.shopper.post(f"/api/v1/orders/{order_no}/payment")
    shop.fault("api", "error", path=ORDERS, error=NO_SUCH_ORDER)
    shop.cancel(order_no)
    [asked] = shop.wechat_payments()
    shop.control(f"/payments/{asked['out_trade_no']}/approve")
    shop.settle_down()
    new = shop.detail(shop.payment(order_no)["replaced_by_order_no"])
    assert (new["status"], new["paid_fen"]) == ("paid", 3000)
    assert ("商家改价", -468) in adjustments(shop, new["order_no"])


def test_what_is_refused(shop: Shop, clerk: Http, http: Http) -> None:
    order_no = shop.order(2)
    line = clerk.get(path(order_no)).get_json()["lines"][0]["line_id"]
    for body, code in (
        ({"goods_payable_fen": 2469}, "price_beyond_quote"),
        ({"goods_payable_fen": 0}, "price_below_one_fen"),
        ({"lines": [{"line_id": "1", "payable_fen": 1}]}, "order_line_unknown"),
        ({}, "validation_failed"),
        ({"freight_fen": -1}, "validation_failed"),
        ({"reason": " ", "freight_fen": 0}, "validation_failed"),
        ({"lines": [{"line_id": line, "payable_fen": 1}] * 2}, "validation_failed"),
        (
            {"lines": [{"line_id": line, "payable_fen": 1}], "goods_payable_fen": 1},
            "validation_failed",
        ),
    ):
        assert error_code(change(clerk, order_no, **body)) == code, body
    assert error_code(change(clerk, "2" * 20, freight_fen=0)) == "order_not_found"
    reader = http.as_(make_staff("order:read", "order:write"))
    assert change(reader, order_no, freight_fen=0).status_code == 403

    shop.start(order_no)
    shop.fault("api", "http_500", path=ORDERS)
    assert shop.cancel(order_no).status_code == 202
    assert error_code(change(clerk, order_no, freight_fen=0)) == "order_closing"
    shop.let_time_pass(31)
    assert error_code(change(clerk, order_no, freight_fen=0)) == "order_expired"
    shop.sweep()
    assert error_code(change(clerk, order_no, freight_fen=0)) == "order_not_repriceable"
    assert shop.detail(order_no)["payable_fen"] == 3468


def test_it_is_put_on_record(shop: Shop, clerk: Http) -> None:
    order_no = shop.order(1)
    answer = change(clerk, order_no, freight_fen=300, reason="李四 13812345678 老客户")
    [shown] = answer.get_json()["changes"]
    assert shown["reason"] == "李四 138****5678 老客户"
    with transaction() as session:
        [entry] = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "order.reprice")
        ).all()
    assert (entry.actor, entry.target_id) == ("xiaowang", order_no)
    assert entry.before == {"payable_fen": 2034, "freight_fen": 800}
    assert entry.after is not None
    assert (entry.after["payable_fen"], entry.after["reason"]) == (1534, shown["reason"])
