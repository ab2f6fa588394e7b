"""Refunds out of the settled balance, where the money that isn't settled yet is short."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from mall.payments.settings import AVAILABLE, REFUND_FUNDS
from tests.support.http import error_code
from tests.support.payments import Shop, assert_money_is_right
from tests.support.servers import LiveServer
from tests.support.settings import set_setting


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Shop:
    shop = Shop(app, simulator, work)
    shop.control("/settings", unsettled_funds="short")
    return shop


def from_available(shop: Shop, refund_no: str) -> TestResponse:
    """Staff press "out of the settled balance", and the workers do it."""
    pressed = shop.staff.post(f"/admin/api/v1/refunds/{refund_no}/retry-from-available")
    shop.work()
    shop.settle_down()
    return pressed


def accounts(shop: Shop) -> list[str]:
    return [refund["funds_account"] for refund in shop.heard("/refunds")["refunds"]]


def test_the_shop_gives_back_out_of_the_settled_balance(shop: Shop) -> None:
    set_setting(REFUND_FUNDS, AVAILABLE)
    order_no = shop.bought(2)
    refund_no = shop.refunded(order_no, 1)
    assert shop.show_refund(refund_no)["status"] == "succeeded"
    assert accounts(shop) == [AVAILABLE]
    assert_money_is_right(shop)


def test_staff_choose_it_for_one_that_was_refused(shop: Shop) -> None:
    order_no = shop.bought(2)
    refund_no = shop.refunded(order_no, 1)
    waits = shop.show_refund(refund_no)
    assert (waits["status"], waits["error"]) == ("pending", "NOT_ENOUGH")
    assert "未结算资金不足" in waits["error_message"]
    shop.let_time_pass(2)
    assert from_available(shop, refund_no).status_code == 200
    done = shop.show_refund(refund_no)
    assert (done["status"], done["out_refund_no"]) == ("succeeded", refund_no)
    assert accounts(shop) == [AVAILABLE]
    assert_money_is_right(shop)


def test_one_that_wechat_took_though_it_refused_is_found_not_repeated(shop: Shop) -> None:
    """It is queried before the changed request is sent."""
    shop.control("/settings", unsettled_funds="enough")
    order_no = shop.bought(2)
    error = {"status": 403, "code": "NOT_ENOUGH", "message": "余额不足"}
    path = "/v3/refund/domestic/refunds"
    shop.control("/refunds/policy", outcome="PROCESSING")
    shop.fault("api", "error_accepted", path=path, error=error)
    refund_no = shop.refunded(order_no, 1)
    assert shop.show_refund(refund_no)["error"] == "NOT_ENOUGH"
    shop.let_time_pass(2)
    from_available(shop, refund_no)
    assert shop.show_refund(refund_no)["status"] == "sent"
    assert accounts(shop) == ["UNSETTLED"]
    assert_money_is_right(shop)


def test_one_that_wechat_closed_for_lack_of_money(shop: Shop) -> None:
    shop.control("/settings", unsettled_funds="enough")
    order_no = shop.bought(2)
    shop.control("/refunds/policy", outcome="CLOSED")
    refund_no = shop.refunded(order_no, 1)
    shop.control("/settings", unsettled_funds="short")
    shop.let_time_pass(2)
    from_available(shop, refund_no)
    done = shop.show_refund(refund_no)
    assert (done["status"], done["out_refund_no"]) == ("succeeded", f"{refund_no}G1")
    assert accounts(shop) == [AVAILABLE, "UNSETTLED"]
    assert_money_is_right(shop)


@pytest.mark.parametrize("outcome", ["PROCESSING", "ABNORMAL", "USER_ACCOUNT_ABNORMAL"])
def test_one_that_wechat_may_have_keeps_its_account(shop: Shop, outcome: str) -> None:
    shop.control("/settings", unsettled_funds="enough")
    order_no = shop.bought(2)
    shop.control("/refunds/policy", outcome=outcome)
    refund_no = shop.refunded(order_no, 1)
    refused = from_available(shop, refund_no)
    assert (refused.status_code, error_code(refused)) == (409, "refund_funds_fixed")


def test_one_that_is_over_or_unheard_of(shop: Shop) -> None:
    shop.control("/settings", unsettled_funds="enough")
    order_no = shop.bought(2)
    refund_no = shop.refunded(order_no, 1)
    assert error_code(from_available(shop, refund_no)) == "refund_not_retryable"
    assert error_code(from_available(shop, "R0")) == "refund_not_found"
