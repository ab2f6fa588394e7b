"""Orders that cost points: held at placing, settled, released, given back with the cash."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from mall.payments.refunds.causing import rebate, refund_in_full
from mall.payments.settings import REFUND_APPROVAL_ABOVE_FEN
from mall.points.checkout.settings import CAP_BP, LEAST, OPEN, STEP
from mall.shipping.settings import FREE_FREIGHT_FROM_FEN, FREIGHT_FEN
from tests.stateful.buying import command
from tests.support.coupons import make_coupon
from tests.support.http import Http, error_code
from tests.support.orders import make_goods
from tests.support.payments import assert_money_is_right
from tests.support.points_shop import PointsShop, make_earning_plan
from tests.support.servers import LiveServer
from tests.support.settings import set_setting
from tests.support.staff import make_staff
from tests.support.statements import sent_statements

ADMIN = "/admin/api/v1"
UNIT_FEN = 1_234


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[PointsShop]:
    shop = PointsShop(app, simulator, work)
    yield shop
    assert_money_is_right(shop)


def offer(shown: dict[str, Any]) -> dict[str, Any]:
    (found,) = [one for one in shown["offers"] if one["participant"] == "points"]
    return dict(found)


def also_paid(shop: PointsShop, order_no: str) -> list[tuple[int, int]]:
    return [(one["amount"], one["returned"]) for one in shop.detail(order_no)["also_paid"]]


def extras(shown: dict[str, Any]) -> list[int]:
    return [one["quantity"] for one in shown["extras"] if one["label"] == "退回积分"]


def test_the_quote_offers_what_helps(shop: PointsShop) -> None:
    assert offer(shop.quote("none"))["reason"] == "满 1 积分起用，现有 0 积分"
    shop.give(5_000)
    set_setting(CAP_BP, 5_000)
    shown = offer(shop.quote("none"))
    assert (shown["choice"], shown["label"]) == ("1234", "可用 1234 积分")
    assert (shown["applies"], shown["chosen"], shown["amount_fen"]) == (True, False, UNIT_FEN)
    assert shown["reason"] == "本单最多可抵 12.34 元"
    taken = shop.quote("most")
    assert offer(taken)["chosen"] is True
    assert taken["adjustments"][0] == {
        "lane": "POINTS",
        "label": "积分抵扣（1234 积分）",
        "amount_fen": -UNIT_FEN,
        "note": "",
    }
    assert taken["payable_fen"] == shop.quote("none")["payable_fen"] - UNIT_FEN
    set_setting(OPEN, False)
    closed = shop.quote("most")
    assert (closed["adjustments"][0]["lane"], closed["offers"]) == ("FREIGHT", [])


def test_a_quote_asks_twice_about_points(shop: PointsShop) -> None:
    """Once what they would pay, once what would be earned; with an account and without."""
    make_earning_plan(default_rate=1_000)
    for points in (0, 5_000):
        if points:
            shop.give(points)
        with sent_statements() as sent:
            assert [one["quantity"] for one in shop.quote("none")["extras"]] == [246]
        asked = [sql for sql in sent if "points_" in sql or "FROM categories" in sql]
        assert len(asked) == 2, asked


@pytest.mark.parametrize("choice", ["0", "-1", "1.5", "10000000000", "all", "１"])
def test_a_made_up_choice_is_refused(shop: PointsShop, choice: str) -> None:
    body = {
        "lines": [{"sku_id": str(shop.sku_id), "quantity": 1}],
        "choices": {"points": choice},
    }
    refused = shop.shopper.post("/api/v1/quotes", body)
    assert (refused.status_code, error_code(refused)) == (422, "points_choice_invalid")


def test_step_and_least(shop: PointsShop) -> None:
    shop.give(950)
    set_setting(STEP, 100)
    set_setting(LEAST, 250)
    assert offer(shop.quote("none"))["choice"] == "900"
    assert -shop.quote("399")["adjustments"][0]["amount_fen"] == 300
    assert shop.quote("299")["adjustments"][0]["lane"] == "FREIGHT"


def test_never_the_freight_nor_the_last_fen_of_the_goods(shop: PointsShop) -> None:
    shop.give(99_999)
    set_setting(FREE_FREIGHT_FROM_FEN, 100_000_000)
    set_setting(FREIGHT_FEN, 800)
    shown = shop.quote("most", 1)
    assert (shown["payable_fen"], shown["freight_fen"]) == (801, 800)


def test_held_then_spent(shop: PointsShop) -> None:
    shop.give(500)
    order_no = shop.ordered(300)
    assert shop.points == (200, 0, 300, 0)
    assert also_paid(shop, order_no) == [(300, 0)]
    shop.pay(order_no)
    assert shop.points == (200, 0, 0, 0)
    assert shop.detail(order_no)["paid_fen"] == shop.quote("none")["payable_fen"] - 300


def test_given_back_when_it_is_closed(shop: PointsShop) -> None:
    shop.give(500)
    order_no = shop.ordered("most")
    assert shop.points == (0, 0, 500, 0)
    again = shop.shopper.post(
        "/api/v1/orders",
        {
            "lines": [{"sku_id": str(shop.sku_id), "quantity": 1}],
            "address_id": str(shop.address_id),
            "choices": {"points": "500"},
            "expected_payable_fen": UNIT_FEN - 500,
        },
    )
    assert error_code(again) == "price_changed"
    assert shop.cancel(order_no).get_json()["status"] == "closed"
    assert shop.points == (500, 0, 0, 0)
    assert also_paid(shop, order_no) == [(500, 500)]


def test_points_come_back_as_the_cash_does(shop: PointsShop) -> None:
    shop.give(1_000)
    order_no = shop.bought_with(1_000, 3)
    line = shop.detail(order_no)["lines"][0]
    body = {"kind": "refund_only", "lines": [{"line_id": line["id"], "quantity": 1}]}
    asked = shop.shopper.post(f"/api/v1/orders/{order_no}/after-sale-previews", body).get_json()
    assert (asked["goods_fen"], extras(asked)) == ((3 * UNIT_FEN - 1_000) // 3, [333])
    first = shop.applied(order_no, 1)
    assert extras(shop.after_sale(first)) == [333]
    shop.pressed(shop.clerk, first, "approval", {})
    assert shop.points[0] == 0, "not before the money"
    shop.money_goes()
    assert shop.points == (333, 0, 0, 0)
    assert extras(shop.after_sale(first)) == []
    looked = shop.staff.post(
        f"{ADMIN}/orders/{order_no}/refund-previews",
        {"lines": [{"line_id": line["id"], "quantity": 2}]},
    ).get_json()
    assert extras(looked) == [667]
    shop.let_time_pass(2)
    shop.refunded(order_no, 1)
    assert shop.points == (666, 0, 0, 0)
    shop.let_time_pass(2)
    shop.refunded(order_no, 1, freight_fen=shop.detail(order_no)["freight_fen"])
    assert shop.status(order_no) == "closed"
    assert (shop.points, also_paid(shop, order_no)) == ((1_000, 0, 0, 0), [(1_000, 1_000)])


def test_less_cash_brings_back_less_points_and_a_rebate_none(shop: PointsShop) -> None:
    shop.give(UNIT_FEN)
    order_no = shop.bought_with(UNIT_FEN, 2)  # half of it, so 617 fen and 617 points a unit
    answer = command(lambda s: rebate(s, order_no, {1: 34}, "test:one", "差价"))
    assert answer.status_code == 200
    shop.money_goes()
    assert shop.points[0] == 0
    shop.let_time_pass(2)
    shop.refunded(order_no, 1, amount_fen=299)  # of 600
    assert shop.points == (UNIT_FEN * 300 // 1_200, 0, 0, 0)
    line = shop.detail(order_no)["lines"][0]
    whole = {"lines": [{"line_id": line["id"], "quantity": 1}]}
    looked = shop.staff.post(f"{ADMIN}/orders/{order_no}/refund-previews", whole).get_json()
    assert (looked["amount_fen"], extras(looked)) == (901, [UNIT_FEN - 308])
    shop.let_time_pass(2)
    shop.refunded(order_no, 1)
    assert shop.points == (UNIT_FEN, 0, 0, 0)


def test_a_feature_gives_all_of_it_back(shop: PointsShop) -> None:
    shop.give(700)
    order_no = shop.bought_with(700)
    answer = command(lambda s: refund_in_full(s, order_no, "test:team", "未成团"))
    assert answer.status_code == 200
    shop.money_goes()
    assert (shop.status(order_no), shop.points) == ("closed", (700, 0, 0, 0))


def test_an_offer_of_less_takes_less_of_the_points_back(shop: PointsShop) -> None:
    shop.give(UNIT_FEN)
    order_no = shop.bought_with(UNIT_FEN, 2)
    number = shop.applied(order_no, 1)
    shop.pressed(shop.clerk, number, "offer", {"amount_fen": 308, "word": "用过了"})
    assert extras(shop.after_sale(number)) == [UNIT_FEN * 309 // UNIT_FEN]
    shop.pressed(shop.shopper, number, "acceptance")
    shop.money_goes()
    assert shop.points == (309, 0, 0, 0)


def test_goods_that_cost_points_alone_come_back_alone(shop: PointsShop) -> None:
    """No money goes back for them, and the order stays while they are kept."""
    shop.give(99_999)
    other = make_goods(5, 900)
    clerk = Http(shop.app).as_(make_staff("points:approve", "points:read"))
    cap = f"{ADMIN}/points-checkout-caps/{shop.sku_id}"
    assert clerk.put(cap, {"cap_bp": 0}).status_code == 204
    order_no = shop.bought_with("most", 1, **{str(other): 2})
    lines = {line["sku_id"]: line for line in shop.detail(order_no)["lines"]}
    paid_by_points, paid_by_cash = lines[str(other)], lines[str(shop.sku_id)]
    assert (paid_by_points["payable_fen"], paid_by_cash["payable_fen"]) == (0, UNIT_FEN)
    assert also_paid(shop, order_no) == [(1_800, 0)]
    index = shop.detail(order_no)["lines"].index(paid_by_points)
    number = shop.applied(order_no, 1, line=index)
    assert extras(shop.after_sale(number)) == [900]
    shop.pressed(shop.clerk, number, "approval", {})
    shop.work()
    assert shop.points[0] == 99_999 - 900
    cash = {"line_id": paid_by_cash["id"], "quantity": 1}
    freight_fen = shop.detail(order_no)["freight_fen"]
    body = {"lines": [cash], "freight_fen": freight_fen, "reason": "少发"}
    assert shop.staff.post(f"{ADMIN}/orders/{order_no}/refunds", body).status_code == 201
    shop.money_goes()
    assert shop.status(order_no) == "paid", "the other unit is kept"
    rest = shop.applied(order_no, 1, line=index)
    shop.pressed(shop.clerk, rest, "approval", {})
    shop.work()
    assert (shop.status(order_no), shop.points[0]) == ("closed", 99_999)


def test_staff_change_the_price_not_the_points(shop: PointsShop) -> None:
    shop.give(1_000)
    order_no = shop.ordered(1_000)
    clerk = Http(shop.app).as_(make_staff("order:price"))
    body = {"goods_payable_fen": 600, "reason": "老客户"}
    changed = clerk.put(f"{ADMIN}/orders/{order_no}/price", body)
    assert changed.status_code == 200, changed.get_json()
    assert shop.points == (0, 0, 1_000, 0)
    shop.pay(order_no)
    shop.refunded(order_no, 1)
    assert shop.detail(order_no)["refunded_fen"] == 300
    assert shop.points == (500, 0, 0, 0)


def closed_but_payable(shop: PointsShop, points: int) -> tuple[str, str]:
    """An order that cost points, closed here; WeChat will still take its payment."""
    order_no = shop.ordered(points)
    shop.fault("api", "lost_reply", path="/v3/pay/transactions/jsapi")
    assert shop.shopper.post(f"/api/v1/orders/{order_no}/payment").status_code == 503
    unknown = {"status": 404, "code": "ORDER_NOT_EXIST", "message": "订单不存在"}
    shop.fault("api", "error", path="/v3/pay/transactions/out-trade-no", error=unknown)
    assert shop.cancel(order_no).get_json()["status"] == "closed"
    [asked] = [p for p in shop.wechat_payments() if p["state"] == "NOTPAY"]
    return order_no, str(asked["out_trade_no"])


def test_paid_late_it_takes_the_points_again(shop: PointsShop) -> None:
    shop.give(400)
    order_no, out_trade_no = closed_but_payable(shop, 400)
    assert shop.points == (400, 0, 0, 0)
    shop.control(f"/payments/{out_trade_no}/approve")
    shop.settle_down()
    new = shop.payment(order_no)["replaced_by_order_no"]
    assert (shop.points, also_paid(shop, new)) == ((0, 0, 0, 0), [(400, 0)])
    assert also_paid(shop, order_no) == [(400, 400)]
    shop.refunded(new, 2, freight_fen=shop.detail(new)["freight_fen"])
    assert shop.points == (400, 0, 0, 0)


def test_paid_late_when_the_points_are_spent_the_money_goes_back(shop: PointsShop) -> None:
    shop.give(400)
    order_no, out_trade_no = closed_but_payable(shop, 400)
    shop.bought_with(1)
    shop.control(f"/payments/{out_trade_no}/approve")
    shop.settle_down()
    assert shop.payment(order_no)["status"] == "returned"
    assert shop.points == (399, 0, 0, 0)
    shop.work()
    shop.settle_down()


def test_after_a_coupon_and_not_for_its_goods_alone(shop: PointsShop) -> None:
    """The cap is of what the goods cost after discounts."""
    shop.give(9_999)
    set_setting(CAP_BP, 5_000)
    coupon = make_coupon(shop.user_id, amount_fen=468, threshold_fen=0)
    body = {
        "lines": [{"sku_id": str(shop.sku_id), "quantity": 2}],
        "choices": {"points": "most", "coupons": str(coupon)},
    }
    shown = shop.shopper.post("/api/v1/quotes", body).get_json()
    taken = {a["lane"]: a["amount_fen"] for a in shown["adjustments"]}
    assert (taken["COUPON"], taken["POINTS"]) == (-468, -1_000)


def test_caps_of_skus(shop: PointsShop) -> None:
    shop.give(9_999)
    reader = Http(shop.app).as_(make_staff("points:read"))
    clerk = Http(shop.app).as_(make_staff("points:approve"))
    path = f"{ADMIN}/points-checkout-caps"
    own = f"{path}/{shop.sku_id}"
    assert reader.put(own, {"cap_bp": 100}).status_code == 403
    assert error_code(clerk.put(f"{path}/987654321", {"cap_bp": 1})) == "points_sku_not_found"
    assert clerk.put(own, {"cap_bp": 1_000}).status_code == 204
    assert offer(shop.quote("none", 1))["choice"] == "123"
    assert clerk.put(own, {"cap_bp": 0}).status_code == 204
    assert offer(shop.quote("none", 1))["reason"] == "本单商品不能使用积分"
    (item,) = reader.get(path).get_json()["items"]
    assert (item["sku_id"], item["name"], item["cap_bp"]) == (str(shop.sku_id), "四件套", 0)
    for _ in range(2):
        assert clerk.delete(own).status_code == 204
    assert reader.get(path).get_json()["items"] == []
    assert offer(shop.quote("none", 1))["choice"] == str(UNIT_FEN - 1)


def test_who_approves_a_refund_reads_both_sums(shop: PointsShop) -> None:
    shop.give(1_000)
    order_no = shop.bought_with(1_000)
    set_setting(REFUND_APPROVAL_ABOVE_FEN, 1)
    assert shop.refund(order_no, 1).status_code == 202
    boss = Http(shop.app).as_(make_staff("approval:read", "refund:approve"))
    (request,) = boss.get(f"{ADMIN}/approvals").get_json()["items"]
    assert request["asked"] == "退款 7.34 元，退回积分 500 积分"
