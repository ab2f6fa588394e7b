"""After-sales above the shop's limit wait for another staff member."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from mall.payments.settings import REFUND_APPROVAL_ABOVE_FEN
from tests.support.aftersales import AfterSalesShop
from tests.support.http import Http, error_code
from tests.support.payments import assert_money_is_right
from tests.support.servers import LiveServer
from tests.support.settings import set_setting
from tests.support.staff import make_staff


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[AfterSalesShop]:
    set_setting(REFUND_APPROVAL_ABOVE_FEN, 2000)
    shop = AfterSalesShop(app, simulator, work)
    yield shop
    assert_money_is_right(shop)


@pytest.fixture
def other(shop: AfterSalesShop) -> Http:
    return Http(shop.app).as_(make_staff("approval:read", "refund:approve"))


def asked(shop: AfterSalesShop, number: str, verb: str, body: Any) -> str:
    """The clerk presses a button and is told to wait: the approval's id."""
    answer = shop.press(shop.clerk, number, verb, body)
    assert answer.status_code == 202, answer.get_json()
    return str(answer.get_json()["approval_id"])


def decide(other: Http, approval_id: str, approve: bool = True) -> TestResponse:
    path = f"/admin/api/v1/approvals/{approval_id}/decision"
    return other.post(path, {"approve": approve})


def test_agreeing_to_much_waits_to_little_does_not(shop: AfterSalesShop, other: Http) -> None:
    order_no = shop.bought(3)
    small = shop.applied(order_no, 1)
    assert shop.pressed(shop.clerk, small, "approval", {})["status"] == "refunding"
    shop.money_goes()
    number = shop.applied(order_no, 1)
    approval = asked(shop, number, "approval", {"word": "好的"})
    assert shop.after_sale(number)["status"] == "applied"
    again = shop.press(shop.clerk, number, "approval", {})
    assert error_code(again) == "approval_pending"
    shown = other.get(f"/admin/api/v1/approvals/{approval}").get_json()
    assert (shown["ref"], shown["asked"]) == (number, "同意售后，退款 12.34 元")
    assert decide(other, approval).get_json()["status"] == "approved"
    assert shop.after_sale(number)["status"] == "refunding"
    shop.let_time_pass(2)
    shop.sweep()
    shop.money_goes()


def test_an_offer_waits_before_the_shopper_sees_it(shop: AfterSalesShop, other: Http) -> None:
    number = shop.applied(shop.bought(3), 2)
    approval = asked(shop, number, "offer", {"amount_fen": 2400, "word": "补偿"})
    assert shop.after_sale(number)["status"] == "applied"
    assert decide(other, approval).status_code == 200
    offered = shop.after_sale(number)
    assert (offered["status"], offered["offer_fen"]) == ("offered", 2400)


def test_goods_that_are_back_wait_for_the_money(shop: AfterSalesShop, other: Http) -> None:
    order_no = shop.bought(2)
    shop.ship(order_no)
    number = shop.applied(order_no, 2, kind="return_and_refund")
    assert shop.pressed(shop.clerk, number, "approval", {})["status"] == "returning"
    approval = asked(shop, number, "receipt", {"resellable": True})
    assert shop.after_sale(number)["status"] == "returning"
    assert decide(other, approval).status_code == 200
    assert shop.after_sale(number)["status"] == "refunding"
    shop.money_goes()


def test_what_was_decided_meanwhile_stays(shop: AfterSalesShop, other: Http) -> None:
    number = shop.applied(shop.bought(2), 2)
    approval = asked(shop, number, "approval", {})
    shop.pressed(shop.clerk, number, "refusal", {"word": "已签收"})
    assert error_code(decide(other, approval)) == "after_sale_state"
    assert decide(other, approval, approve=False).status_code == 200
    assert shop.after_sale(number)["status"] == "refused"
    late = shop.press(shop.clerk, number, "approval", {})
    assert error_code(late) == "after_sale_state"
