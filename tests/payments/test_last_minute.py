"""The last minute of an order, in which WeChat takes no payment, and settings that end there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from mall.flashsale.settings import PAY_MIN
from mall.kernel.db import db
from mall.orders.settings import UNPAID_CLOSE_MIN
from mall.settings.declaring import Setting
from mall.settings.store import unfit_settings
from tests.support.http import Http, error_code
from tests.support.payments import Shop, assert_money_is_right
from tests.support.servers import LiveServer
from tests.support.settings import set_setting, store_raw
from tests.support.staff import make_staff


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Shop:
    return Shop(app, simulator, work)


def leave_seconds(seconds: int) -> None:
    """So much is left of every order's time."""
    db.session.remove()
    with db.engine.begin() as other:
        other.exec_driver_sql(
            f"UPDATE orders SET expires_at = now() + interval '{seconds} seconds'"
        )


@pytest.mark.parametrize("seconds", [5, 30, 59, 61])
def test_an_order_about_to_close_says_so_and_burns_no_attempt(shop: Shop, seconds: int) -> None:
    order_no = shop.order()
    leave_seconds(seconds)
    refused = shop.shopper.post(f"/api/v1/orders/{order_no}/payment")
    assert (refused.status_code, error_code(refused)) == (409, "order_about_to_close")
    assert "即将关闭" in refused.get_json()["error"]["message"]
    assert shop.payments(order_no)["attempts"] == []
    assert shop.wechat_payments() == []


def test_a_little_more_than_a_minute_is_enough(shop: Shop) -> None:
    order_no = shop.order()
    leave_seconds(70)
    shop.pay(order_no)
    assert shop.status(order_no) == "paid"
    assert_money_is_right(shop)


def test_a_payment_that_was_started_before_can_be_made_in_the_last_minute(shop: Shop) -> None:
    order_no = shop.order()
    first = shop.start(order_no)
    leave_seconds(30)
    again = shop.start(order_no)
    assert again["package"] == first["package"], "the prepay_id that WeChat gave before"
    shop.approve(again)
    shop.settle_down()
    assert shop.status(order_no) == "paid"
    assert_money_is_right(shop)


@pytest.mark.parametrize("setting", [UNPAID_CLOSE_MIN, PAY_MIN])
def test_no_setting_makes_orders_that_can_never_be_paid(shop: Shop, setting: Setting[int]) -> None:
    """Neither when it is saved nor when one is loaded that was saved before."""
    owner: Http = shop.staff.as_(make_staff("settings:read", "settings:write"))
    path = f"/admin/api/v1/settings/{setting.name}"
    answer: Any = owner.put(path, {"value": 1, "version": 0})
    assert (answer.status_code, error_code(answer)) == (422, "setting_invalid")
    assert "2" in answer.get_json()["error"]["message"]
    assert "一分钟" in setting.help
    assert owner.put(path, {"value": 2, "version": 0}).status_code == 200
    store_raw(setting.name, 1)
    assert setting.get() == setting.default
    assert setting.name in [row["setting"] for row in unfit_settings()]


def test_an_order_of_the_shortest_time_can_be_paid(shop: Shop) -> None:
    set_setting(UNPAID_CLOSE_MIN, 2)
    order_no = shop.order()
    shop.pay(order_no)
    assert shop.status(order_no) == "paid"
    assert_money_is_right(shop)
