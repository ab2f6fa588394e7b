"""A sale from the staff's first click to the last parcel that isn't sent, through HTTP."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from mall.flashsale.planning import jobs
from mall.flashsale.reconciliation.reconciling import differences
from tests.support.flash_orders import work_through
from tests.support.flashsale import session_terms
from tests.support.http import Http, error_code
from tests.support.inventory import Units, units
from tests.support.payments import Shop, assert_money_is_right
from tests.support.servers import LiveServer
from tests.support.staff import make_staff
from tests.support.users import make_address, make_shopper

DEVICE = "phone-of-the-shopper"
STAFF = "/admin/api/v1/flash-sessions"


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[Shop]:
    shop = Shop(app, simulator, work)
    yield shop
    assert_money_is_right(shop)
    assert not differences()


class Sale:
    """One session of the shop's SKU (12.34): five units for 1.00, two a shopper."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.staff = Http(shop.app, make_staff("flash:read", "flash:write", "refund:write"))
        made = self._by_staff("POST", STAFF, session_terms())
        self.session_id = made["id"]
        item = {"sku_id": str(shop.sku_id), "price_fen": 100, "stock": 5, "limit_per_user": 2}
        added = self._by_staff("POST", f"{STAFF}/{self.session_id}/items", item)
        self.item_id = added["id"]
        self._by_staff("POST", f"{STAFF}/{self.session_id}/arming")
        self.token = self.fetch_pass(shop.shopper)

    def _by_staff(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.staff.call(method, path, body=body)
        assert answer.status_code in (200, 201), answer.get_json()
        return answer.get_json()

    def abort(self, paid: str) -> None:
        self._by_staff("POST", f"{STAFF}/{self.session_id}/abort", {"paid": paid})

    def figures(self) -> Any:
        return self._by_staff("GET", f"{STAFF}/{self.session_id}/figures")

    def fetch_pass(self, shopper: Http) -> str:
        given = shopper.post(f"/api/v1/flash-sessions/{self.session_id}/passes", {"device": DEVICE})
        assert given.status_code == 201, given.get_json()
        return str(given.get_json()["pass"])

    def attempt(
        self, count: int = 1, *, token: str | None = None, address_id: int = 0, **more: Any
    ) -> TestResponse:
        """The button, on a phone that has a purchase token."""
        body = {"units": count, "address_id": str(address_id or self.shop.address_id), **more}
        headers = {"Flash-Pass": token or self.token, "Flash-Device": DEVICE}
        path = f"/api/v1/flash-items/{self.item_id}/purchases"
        key = uuid.uuid4().hex
        return Http(self.shop.app).call("POST", path, body=body, key=key, headers=headers)

    def ticket(self, ticket: str, *, token: str | None = None) -> dict[str, Any]:
        headers = {"Flash-Pass": token or self.token, "Flash-Device": DEVICE}
        shown = Http(self.shop.app).call("GET", f"/api/v1/flash-tickets/{ticket}", headers=headers)
        assert shown.status_code == 200, shown.get_json()
        found: dict[str, Any] = shown.get_json()
        return found

    def bought(self, count: int = 2) -> str:
        """The order that came of an attempt."""
        asked = self.attempt(count)
        assert asked.status_code == 202, asked.get_json()
        work_through()
        ended = self.ticket(asked.get_json()["ticket"])
        assert ended["status"] == "ordered", ended
        return str(ended["order_no"])


def test_from_the_attempt_to_the_payment(shop: Shop) -> None:
    sale = Sale(shop)
    assert units(shop.sku_id) == Units(15, reserved=5)
    asked = sale.attempt(2)
    assert (asked.status_code, asked.get_json()["status"]) == (202, "queued")
    ticket = asked.get_json()["ticket"]
    assert sale.ticket(ticket)["status"] == "queued"
    assert error_code(sale.attempt()) == "limit_reached"
    work_through()
    ended = sale.ticket(ticket)
    assert (ended["status"], ended["reason"]) == ("ordered", None)

    order = shop.detail(ended["order_no"])
    assert (order["status"], order["goods_fen"], order["discount_fen"]) == ("unpaid", 2468, 2268)
    assert [line["quantity"] for line in order["lines"]] == [2]
    assert [each["lane"] for each in order["adjustments"]] == ["ACTIVITY", "FREIGHT"]
    shop.pay(ended["order_no"])
    assert shop.status(ended["order_no"]) == "paid"
    assert units(shop.sku_id) == Units(15, reserved=3, sold=2)
    assert sale.ticket(ticket)["status"] == "ordered"


def test_unpaid_in_five_minutes_it_is_on_sale_again(shop: Shop) -> None:
    sale = Sale(shop)
    order_no = sale.bought(2)
    shop.let_time_pass(4)
    shop.sweep()
    assert shop.status(order_no) == "unpaid"
    shop.let_time_pass(1)
    shop.sweep()
    assert shop.status(order_no) == "closed"
    assert units(shop.sku_id) == Units(15, reserved=5), "back in the sale, not on the shelf"
    again = sale.bought(2)
    shop.pay(again)
    other, token = make_shopper()
    token = sale.fetch_pass(Http(shop.app, token))
    address_id = make_address(other)
    assert sale.attempt(2, token=token, address_id=address_id).status_code == 202
    work_through()
    assert error_code(sale.attempt(2, token=sale.token)) == "limit_reached"


def test_paid_when_it_is_too_late_the_money_goes_back(shop: Shop) -> None:
    """The shop's policy is to place the order again; a sale's units are on sale again."""
    sale = Sale(shop)
    order_no = sale.bought(2)
    shop.fault("api", "lost_reply", path="/v3/pay/transactions/jsapi")
    assert shop.shopper.post(f"/api/v1/orders/{order_no}/payment").status_code == 503
    unknown = {"status": 404, "code": "ORDER_NOT_EXIST", "message": "订单不存在"}
    shop.fault("api", "error", path="/v3/pay/transactions/out-trade-no", error=unknown)
    assert shop.cancel(order_no).get_json()["status"] == "closed"
    [asked] = [each for each in shop.wechat_payments() if each["state"] == "NOTPAY"]
    shop.control(f"/payments/{asked['out_trade_no']}/approve")
    shop.settle_down()
    assert shop.payment(order_no)["status"] == "returned"
    shop.work()
    shop.settle_down()
    [refund] = shop.payments(order_no)["refunds"]
    assert (refund["kind"], refund["status"]) == ("late_payment", "succeeded")
    assert units(shop.sku_id) == Units(15, reserved=5)
    assert sale.bought(2) != order_no


@pytest.mark.parametrize(
    "extra",
    [
        {"coupon_id": "1"},
        {"choices": {"coupons": "best"}},
        {"choices": {"points": "100"}},
        {"points": 100},
        {"price_fen": 1},
        {"expected_payable_fen": 1},
    ],
)
def test_nothing_is_stacked_on_a_flash_price(shop: Shop, extra: dict[str, Any]) -> None:
    sale = Sale(shop)
    refused = sale.attempt(1, **extra)
    assert (refused.status_code, error_code(refused)) == (422, "validation_failed")
    order_no = sale.bought(1)
    assert shop.detail(order_no)["payable_fen"] == 100 + 1000


def test_refunded_before_it_was_sent_the_units_are_on_sale_again(shop: Shop) -> None:
    sale = Sale(shop)
    order_no = sale.bought(2)
    shop.pay(order_no)
    shop.refunded(order_no, 2, freight_fen=1000)
    shop.sweep()
    assert shop.status(order_no) == "closed"
    assert units(shop.sku_id) == Units(15, reserved=5)
    assert sale.bought(2) != order_no


@pytest.mark.parametrize(("paid", "status"), [("refund", "closed"), ("keep", "paid")])
def test_aborted_in_the_middle(shop: Shop, paid: str, status: str) -> None:
    sale = Sale(shop)
    first = sale.bought(1)
    shop.pay(first)
    unpaid = sale.bought(1)
    other, token = make_shopper()
    token = sale.fetch_pass(Http(shop.app, token))
    waiting = sale.attempt(1, token=token, address_id=make_address(other))
    assert waiting.status_code == 202
    sale.abort(paid)
    assert error_code(sale.attempt(1)) in ("ended", "gate_closed")
    work_through()
    for _ in range(4):
        shop.let_time_pass(1)
        shop.sweep()
    assert shop.status(unpaid) == "closed"
    assert shop.detail(unpaid)["close_reason"] == "flash_aborted"
    assert shop.status(first) == status
    jobs.end()
    assert units(shop.sku_id) == (Units(20) if paid == "refund" else Units(19, sold=1))
    refused = sale.ticket(waiting.get_json()["ticket"], token=token)
    assert (refused["status"], refused["reason"]) == ("failed", "aborted")


def test_a_payment_that_is_faster_than_the_abort_is_refunded(shop: Shop) -> None:
    sale = Sale(shop)
    order_no = sale.bought(1)
    parameters = shop.start(order_no)
    sale.abort("refund")
    shop.approve(parameters)
    shop.settle_down()
    for _ in range(6):
        shop.let_time_pass(1)
        shop.sweep()
    assert shop.status(order_no) == "closed"
    assert shop.detail(order_no)["refunded_fen"] == 1100
