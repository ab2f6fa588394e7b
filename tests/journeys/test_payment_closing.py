"""Stories about orders that aren't paid, or are paid when it is too late."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
import requests
from flask import Flask

from mall.payments.settings import LATE_PAYMENT_POLICY
from tests.support.http import error_code
from tests.support.inventory import Units, units
from tests.support.payments import PAY, Shop, assert_money_is_right
from tests.support.servers import LiveServer
from tests.support.settings import set_setting

PREPAY = "/v3/pay/transactions/jsapi"
ORDERS = "/v3/pay/transactions/out-trade-no"
NO_SUCH_ORDER = {"status": 404, "code": "ORDER_NOT_EXIST", "message": "订单不存在"}


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[Shop]:
    shop = Shop(app, simulator, work)
    yield shop
    assert_money_is_right(shop)


@pytest.fixture
def refund_policy(app: Flask) -> None:
    """The shop gives late payments back rather than place the order again."""
    set_setting(LATE_PAYMENT_POLICY, "refund")


def closed_but_payable(shop: Shop, quantity: int = 2) -> tuple[str, str]:
    """An order closed here whose payment WeChat will still take: (order_no, out_trade_no).

    The answer to the prepay was lost, and when the shopper cancels, WeChat doesn't find
    its own order yet.
    """
    order_no = shop.order(quantity)
    shop.fault("api", "lost_reply", path=PREPAY)
    assert shop.shopper.post(f"/api/v1/orders/{order_no}/payment").status_code == 503
    shop.fault("api", "error", path=ORDERS, error=NO_SUCH_ORDER)
    assert shop.cancel(order_no).get_json()["status"] == "closed"
    [asked] = [p for p in shop.wechat_payments() if p["state"] == "NOTPAY"]
    return order_no, str(asked["out_trade_no"])


def test_cancelled_before_paying_was_started(shop: Shop) -> None:
    order_no = shop.order()
    answer = shop.cancel(order_no)
    assert (answer.status_code, answer.get_json()["status"]) == (200, "closed")
    assert units(shop.sku_id) == Units(20)
    assert shop.cancel(order_no).status_code == 200, "again is the same"
    refused = shop.shopper.post(f"/api/v1/orders/{order_no}/payment")
    assert (refused.status_code, error_code(refused)) == (409, "order_not_payable")


def test_cancelled_while_the_payment_sheet_is_open(shop: Shop) -> None:
    """WeChat's order is closed first, so the sheet can't be paid any more."""
    order_no = shop.order()
    parameters = shop.start(order_no)
    assert shop.cancel(order_no).get_json()["status"] == "closed"
    assert [p["state"] for p in shop.wechat_payments()] == ["CLOSED"]
    assert units(shop.sku_id) == Units(20)
    late = requests.post(
        f"{shop.simulator.url}/_control/request-payment", json=parameters, timeout=10
    )
    assert late.status_code == 400


def test_cancelling_what_was_just_paid_honours_the_payment(shop: Shop) -> None:
    shop.fault(PAY, "drop")
    order_no = shop.order()
    shop.approve(shop.start(order_no))
    answer = shop.cancel(order_no)
    assert (answer.status_code, error_code(answer)) == (409, "order_already_paid")
    assert shop.status(order_no) == "paid"


@pytest.mark.parametrize("kind", ["http_500", "lost_reply"])
def test_cancelled_while_wechat_cant_tell(shop: Shop, kind: str) -> None:
    """The order waits, can't be paid meanwhile, and closes by itself."""
    order_no = shop.order()
    shop.start(order_no)
    shop.fault("api", kind, path=ORDERS)
    answer = shop.cancel(order_no)
    assert (answer.status_code, answer.get_json()["status"]) == (202, "closing")
    assert shop.payment(order_no)["status"] == "closing"
    refused = shop.shopper.post(f"/api/v1/orders/{order_no}/payment")
    assert (refused.status_code, error_code(refused)) == (409, "order_closing")
    assert units(shop.sku_id) == Units(18, reserved=2)

    shop.let_time_pass(1)
    shop.sweep()
    assert shop.status(order_no) == "closed"
    assert shop.detail(order_no)["close_reason"] == "shopper"
    assert units(shop.sku_id) == Units(20)


def test_time_is_up(shop: Shop) -> None:
    never_started, started, paid = shop.order(), shop.order(), shop.order()
    shop.start(started)
    shop.fault(PAY, "drop")
    shop.pay(paid)
    shop.sweep()
    assert shop.status(started) == "unpaid", "there is time left"

    shop.let_time_pass(31)
    refused = shop.shopper.post(f"/api/v1/orders/{started}/payment")
    assert (refused.status_code, error_code(refused)) == (409, "order_expired")
    shop.sweep()
    assert shop.status(never_started) == shop.status(started) == "closed"
    assert shop.status(paid) == "paid"
    assert shop.detail(started)["close_reason"] == "expired"
    assert units(shop.sku_id) == Units(18, sold=2)


def test_paid_after_closing_the_goods_are_still_there(shop: Shop) -> None:
    order_no, out_trade_no = closed_but_payable(shop)
    shop.control(f"/payments/{out_trade_no}/approve")
    shop.settle_down()

    assert shop.status(order_no) == "closed", "a closed order is never revived"
    shown = shop.payment(order_no)
    assert shown["status"] == "replaced"
    new = shop.detail(shown["replaced_by_order_no"])
    assert new["status"] == "paid"
    assert new["paid_fen"] == new["payable_fen"] == shop.detail(order_no)["payable_fen"]
    assert units(shop.sku_id) == Units(18, sold=2)
    [attempt] = shop.payments(new["order_no"])["attempts"]
    assert (attempt["out_trade_no"], attempt["status"]) == (out_trade_no, "succeeded")
    shop.refunded(new["order_no"], 2, freight_fen=new["freight_fen"])
    assert shop.status(new["order_no"]) == "closed"


def test_paid_after_closing_and_the_callback_never_comes(shop: Shop) -> None:
    """What was closed without WeChat's word is looked at once more."""
    order_no, out_trade_no = closed_but_payable(shop)
    shop.fault(PAY, "drop")
    shop.control(f"/payments/{out_trade_no}/approve")
    shop.let_time_pass(40)
    shop.sweep()
    assert shop.payment(order_no)["status"] == "replaced"


def test_what_was_closed_without_wechats_word_is_closed_there_later(shop: Shop) -> None:
    closed_but_payable(shop)
    shop.let_time_pass(40)
    shop.sweep()
    assert [p["state"] for p in shop.wechat_payments()] == ["CLOSED"]


def test_paid_after_closing_the_goods_are_gone(shop: Shop) -> None:
    order_no, out_trade_no = closed_but_payable(shop, quantity=2)
    shop.bought(19)
    shop.control(f"/payments/{out_trade_no}/approve")
    shop.settle_down()

    assert shop.status(order_no) == "closed"
    assert shop.payment(order_no)["status"] == "returned"
    assert units(shop.sku_id) == Units(1, sold=19)
    _assert_given_back(shop, order_no, out_trade_no)


@pytest.mark.usefixtures("refund_policy")
def test_paid_after_closing_and_the_policy_is_to_refund(shop: Shop) -> None:
    order_no, out_trade_no = closed_but_payable(shop)
    shop.control(f"/payments/{out_trade_no}/approve")
    shop.settle_down()

    assert shop.payment(order_no)["status"] == "returned"
    assert units(shop.sku_id) == Units(20)
    _assert_given_back(shop, order_no, out_trade_no)


def _assert_given_back(shop: Shop, order_no: str, out_trade_no: str) -> None:
    shop.work()
    shop.settle_down()
    [refund] = shop.payments(order_no)["refunds"]
    assert (refund["kind"], refund["status"]) == ("late_payment", "succeeded")
    [payment] = [p for p in shop.wechat_payments() if p["out_trade_no"] == out_trade_no]
    assert payment["refunded"] == payment["total"] == refund["amount_fen"]
    answer = shop.staff.post(f"/admin/api/v1/refunds/{refund['refund_no']}/cancellation")
    assert error_code(answer) == "refund_not_cancellable"


def test_paid_twice_by_two_numbers(shop: Shop) -> None:
    """The first attempt was lost sight of; both get paid; the second goes back in full."""
    order_no = shop.order()
    shop.fault("api", "lost_reply", path=PREPAY)
    shop.shopper.post(f"/api/v1/orders/{order_no}/payment")
    [forgotten] = shop.wechat_payments()
    shop.fault("api", "error", path=ORDERS, error=NO_SUCH_ORDER)
    shop.let_time_pass(1)
    shop.sweep()
    shop.pay(order_no)
    assert shop.status(order_no) == "paid"

    shop.control(f"/payments/{forgotten['out_trade_no']}/approve")
    shop.settle_down()
    shop.work()
    shop.settle_down()
    states = [a["status"] for a in shop.payments(order_no)["attempts"]]
    assert states == ["refunded", "succeeded"]
    [refund] = shop.payments(order_no)["refunds"]
    assert (refund["kind"], refund["status"]) == ("duplicate_payment", "succeeded")
    assert shop.detail(order_no)["refunded_fen"] == 0, "the order itself is untouched"
    assert units(shop.sku_id) == Units(18, sold=2)


def test_paid_between_the_query_and_the_close(shop: Shop) -> None:
    """WeChat refuses to close what has just been paid: the payment is honoured."""
    shop.fault(PAY, "drop")
    order_no = shop.order(1)
    parameters = shop.start(order_no)
    [asked] = shop.wechat_payments()
    shop.fault("api", "delay", path=f"{ORDERS}/{asked['out_trade_no']}/close", seconds=0.5)
    payer = threading.Timer(0.25, shop.approve, [parameters])
    payer.start()
    answer = shop.cancel(order_no)
    payer.join()
    assert (answer.status_code, error_code(answer)) == (409, "order_already_paid")
    assert shop.status(order_no) == "paid"
    assert units(shop.sku_id) == Units(19, sold=1)


@pytest.mark.parametrize("delay_s", [0.0, 0.01, 0.02, 0.03, 0.05])
def test_closing_races_with_paying(shop: Shop, delay_s: float) -> None:
    """Whoever is first at WeChat wins, here as there."""
    for _ in range(3):
        order_no = shop.order(1)
        parameters = shop.start(order_no)
        out_trade_no = shop.payments(order_no)["attempts"][0]["out_trade_no"]
        payer = threading.Timer(delay_s, _try_to_pay, [shop, parameters])
        payer.start()
        answer = shop.cancel(order_no)
        payer.join()
        shop.settle_down()
        [payment] = [p for p in shop.wechat_payments() if p["out_trade_no"] == out_trade_no]
        expected = {"SUCCESS": (409, "paid"), "CLOSED": (200, "closed")}[payment["state"]]
        assert (answer.status_code, shop.status(order_no)) == expected


def _try_to_pay(shop: Shop, parameters: dict[str, str]) -> None:
    """The password is typed; WeChat may refuse by now."""
    requests.post(f"{shop.simulator.url}/_control/request-payment", json=parameters, timeout=10)
