"""Staff close an unpaid order: WeChat is asked first, a payment that was faster counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from mall.kernel.db import transaction
from mall.staff.models import AuditEntry
from tests.support.http import Http, error_code
from tests.support.inventory import Units, units
from tests.support.payments import PAY, Shop, assert_money_is_right
from tests.support.servers import LiveServer
from tests.support.staff import make_staff

ORDERS = "/v3/pay/transactions/out-trade-no"


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[Shop]:
    shop = Shop(app, simulator, work)
    yield shop
    assert_money_is_right(shop)


@pytest.fixture
def clerk(shop: Shop, http: Http) -> Http:
    return http.as_(make_staff("order:write"))


def close(clerk: Http, order_no: str, reason: str = "买家要求取消") -> TestResponse:
    return clerk.post(f"/admin/api/v1/orders/{order_no}/cancellation", {"reason": reason})


def reasons_on_record() -> list[str]:
    with transaction() as session:
        rows = session.scalars(
            select(AuditEntry.after["reason"].astext).where(AuditEntry.action == "order.close")
        )
        return list(rows)


def test_an_order_with_an_open_payment_is_closed_at_wechat_too(shop: Shop, clerk: Http) -> None:
    order_no = shop.order()
    shop.start(order_no)
    for _ in range(2):
        answer = close(clerk, order_no)
        assert (answer.status_code, answer.get_json()["status"]) == (200, "closed")
    assert [p["state"] for p in shop.wechat_payments()] == ["CLOSED"]
    assert shop.detail(order_no)["close_reason"] == "staff"
    assert units(shop.sku_id) == Units(20)
    assert reasons_on_record() == ["买家要求取消"], "again is the same"


def test_a_payment_that_was_faster_leaves_the_order_paid(shop: Shop, clerk: Http) -> None:
    shop.fault(PAY, "drop")
    order_no = shop.order()
    shop.approve(shop.start(order_no))
    for _ in range(2):
        answer = close(clerk, order_no)
        assert (answer.status_code, error_code(answer)) == (409, "order_already_paid")
    assert shop.status(order_no) == "paid"


def test_while_wechat_cant_tell_the_order_waits_and_closes_by_itself(
    shop: Shop, clerk: Http
) -> None:
    order_no = shop.order()
    shop.start(order_no)
    shop.fault("api", "http_500", path=ORDERS)
    answer = close(clerk, order_no)
    assert (answer.status_code, answer.get_json()["status"]) == (202, "closing")
    refused = shop.shopper.post(f"/api/v1/orders/{order_no}/payment")
    assert error_code(refused) == "order_closing"
    shop.let_time_pass(1)
    shop.sweep()
    assert shop.detail(order_no)["close_reason"] == "staff"


def test_who_may_and_what_must_be_said(shop: Shop, clerk: Http, http: Http) -> None:
    order_no = shop.order()
    assert close(http.as_(make_staff("order:read")), order_no).status_code == 403
    assert error_code(close(clerk, order_no, " ")) == "validation_failed"
    assert error_code(close(clerk, "2" * 20)) == "order_not_found"
    assert shop.status(order_no) == "unpaid"
    assert reasons_on_record() == []
