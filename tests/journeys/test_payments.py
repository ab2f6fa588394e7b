"""Stories about paying: it works, it is declined, WeChat's word is late or doesn't come."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db
from tests.support.http import error_code
from tests.support.inventory import Units, units
from tests.support.payments import PAY, Shop, assert_money_is_right
from tests.support.servers import LiveServer
from tests.support.users import make_shopper


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[Shop]:
    shop = Shop(app, simulator, work)
    yield shop
    assert_money_is_right(shop)


def test_a_shopper_pays(shop: Shop) -> None:
    order_no = shop.order(2)
    assert shop.payment(order_no)["status"] == "unpaid"
    assert units(shop.sku_id) == Units(18, reserved=2)

    shop.pay(order_no)

    paid = shop.detail(order_no)
    assert (paid["status"], paid["paid_fen"]) == ("paid", paid["payable_fen"])
    assert shop.payment(order_no)["status"] == "paid"
    assert units(shop.sku_id) == Units(18, sold=2)
    [callback] = shop.callbacks(PAY)
    assert callback["status"] == "delivered"
    assert [try_["status_code"] for try_ in callback["attempts"]] == [204]
    assert callback["attempts"][0]["reply"] == ""


def test_what_the_shopper_reads_on_the_bill(shop: Shop) -> None:
    order_no = shop.order(3)
    shop.start(order_no)
    [asked] = shop.wechat_payments()
    assert asked["description"] == "四件套 等3件"
    assert asked["total"] == shop.detail(order_no)["payable_fen"]


def test_a_declined_card_can_be_tried_again(shop: Shop) -> None:
    order_no = shop.order()
    parameters = shop.start(order_no)
    [asked] = shop.wechat_payments()
    shop.control(f"/payments/{asked['out_trade_no']}/decline")

    shop.let_time_pass(1)
    shop.sweep()
    assert shop.payment(order_no)["status"] == "unpaid"

    shop.approve(parameters)
    shop.settle_down()
    assert shop.status(order_no) == "paid"


def test_wechats_own_coupon_doesnt_change_what_was_paid(shop: Shop) -> None:
    shop.control("/settings", coupon_fen=200)
    order_no = shop.bought()
    [attempt] = shop.payments(order_no)["attempts"]
    assert attempt["payer_total_fen"] == attempt["amount_fen"] - 200
    assert shop.detail(order_no)["paid_fen"] == attempt["amount_fen"]


def test_the_page_after_paying_is_right_though_the_callback_never_comes(shop: Shop) -> None:
    shop.fault(PAY, "drop")
    order_no = shop.order()
    shop.approve(shop.start(order_no))
    assert shop.payment(order_no)["status"] == "paid"


def test_the_page_asks_wechat_no_oftener_than_every_two_seconds(shop: Shop) -> None:
    shop.fault(PAY, "drop")
    order_no = shop.order()
    parameters = shop.start(order_no)
    assert shop.payment(order_no)["status"] == "unpaid"
    shop.approve(parameters)
    assert shop.payment(order_no)["status"] == "unpaid", "it asked again at once"
    shop.let_time_pass(1)
    assert shop.payment(order_no)["status"] == "paid"


def test_the_page_answers_though_wechat_is_down(shop: Shop) -> None:
    order_no = shop.order()
    shop.start(order_no)
    shop.fault("api", "http_500", path="/v3/pay/transactions/out-trade-no")
    assert shop.payment(order_no)["status"] == "unpaid"


def test_two_phones_pay_by_the_same_attempt(shop: Shop) -> None:
    order_no = shop.order()
    first, second = shop.start(order_no), shop.start(order_no)
    assert first["package"] == second["package"], "a fresh prepay_id is used again"
    shop.approve(second)
    shop.settle_down()
    assert len(shop.payments(order_no)["attempts"]) == 1
    again = shop.shopper.post(f"/api/v1/orders/{order_no}/payment")
    assert (again.status_code, error_code(again)) == (409, "order_already_paid")


def test_a_prepay_id_that_ran_out_is_renewed_under_the_same_number(shop: Shop) -> None:
    order_no = shop.order()
    first = shop.start(order_no)
    _age_prepay(minutes=115)
    second = shop.start(order_no)
    assert first["package"] != second["package"]
    assert len(shop.wechat_payments()) == 1, "the same request, so the same number"
    shop.approve(second)
    shop.settle_down()
    assert shop.status(order_no) == "paid"


def _age_prepay(minutes: int) -> None:
    db.session.execute(
        text(f"UPDATE payment_attempts SET prepay_at = prepay_at - interval '{minutes} min'")
    )
    db.session.commit()


@pytest.mark.parametrize("kind", ["lost_reply", "429_accepted", "bad_reply_signature"])
def test_a_prepay_whose_answer_is_lost_is_asked_for_again(shop: Shop, kind: str) -> None:
    order_no = shop.order()
    shop.fault("api", kind, path="/v3/pay/transactions/jsapi")
    lost = shop.shopper.post(f"/api/v1/orders/{order_no}/payment")
    assert (lost.status_code, error_code(lost)) == (503, "payment_unavailable")
    shop.pay(order_no)
    assert shop.status(order_no) == "paid"
    assert len(shop.wechat_payments()) == 1, "the same number was used"


def test_a_number_that_was_used_otherwise_is_given_up_for_another(shop: Shop) -> None:
    order_no = shop.order()
    error = {"status": 403, "code": "OUT_TRADE_NO_USED", "message": "商户订单号重复"}
    shop.fault("api", "error", path="/v3/pay/transactions/jsapi", error=error)
    shop.pay(order_no)
    assert shop.status(order_no) == "paid"
    states = [a["status"] for a in shop.payments(order_no)["attempts"]]
    assert states == ["closed", "succeeded"]


def test_an_order_that_wechat_says_is_paid_is_found_paid(shop: Shop) -> None:
    """The prepay_id ran out, the callback was lost, and the shopper presses "pay" again."""
    shop.fault(PAY, "drop")
    order_no = shop.order()
    shop.approve(shop.start(order_no))
    _age_prepay(minutes=115)
    again = shop.shopper.post(f"/api/v1/orders/{order_no}/payment")
    assert (again.status_code, error_code(again)) == (409, "order_already_paid")
    assert shop.status(order_no) == "paid"


def test_a_refusal_of_wechat_is_told(shop: Shop) -> None:
    order_no = shop.order()
    error = {"status": 403, "code": "NO_AUTH", "message": "商户无权限"}
    shop.fault("api", "error", path="/v3/pay/transactions/jsapi", error=error)
    refused = shop.shopper.post(f"/api/v1/orders/{order_no}/payment")
    assert (refused.status_code, error_code(refused)) == (502, "payment_refused")
    shop.pay(order_no)
    assert shop.status(order_no) == "paid"


def test_other_peoples_orders_cant_be_seen_paid_or_cancelled(shop: Shop) -> None:
    order_no = shop.order()
    _, token = make_shopper()
    stranger = shop.shopper.as_(token)
    for answer in (
        stranger.get(f"/api/v1/orders/{order_no}/payment"),
        stranger.post(f"/api/v1/orders/{order_no}/payment"),
        stranger.post(f"/api/v1/orders/{order_no}/cancellation"),
    ):
        assert (answer.status_code, error_code(answer)) == (404, "order_not_found")
    assert shop.wechat_payments() == []
