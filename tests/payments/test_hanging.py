"""What WeChat won't answer doesn't hang unseen; what its later word puts right is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from flask import Flask
from structlog.testing import capture_logs

from mall.doctor.attention import attention_lists
from mall.kernel.db import db
from mall.payments.closing import close_due_orders
from mall.shipping.commands import ship
from tests.support.disputes import disputes, refuses_to_ship
from tests.support.payments import PAY, REFUND, Shop, assert_money_is_right
from tests.support.servers import LiveServer

ORDERS = "/v3/pay/transactions/out-trade-no"


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Shop:
    return Shop(app, simulator, work)


def hanging() -> list[dict[str, Any]]:
    db.session.remove()
    [found] = [one for one in attention_lists() if one.of.name == "hanging_closings"]
    return found.rows


@pytest.mark.parametrize(
    ("status", "code"), [(401, "SIGN_ERROR"), (403, "NO_AUTH"), (500, "SYSTEM_ERROR")]
)
def test_a_closing_that_wechat_wont_answer_is_told_with_its_age_and_code(
    shop: Shop, status: int, code: str
) -> None:
    order_no = shop.order()
    shop.start(order_no)
    error = {"status": status, "code": code, "message": "商户未授权"}
    shop.fault("api", "error", path=ORDERS, error=error, count=None)
    assert shop.cancel(order_no).status_code == 202
    assert hanging() == [], "it has just begun"
    shop.let_time_pass(12)
    with capture_logs() as logs:
        close_due_orders()
    named = code if status < 500 else "WechatUnknown"
    [told] = [line for line in logs if line["event"] == "closing waits for WeChat"]
    assert told["code"] == named
    assert code in told["error"]
    [row] = hanging()
    assert (row["order_no"], row["cause"], row["error"]) == (order_no, "shopper", named)
    assert (row["age_min"], row["tries"]) == (12, 1)

    requests.delete(f"{shop.simulator.url}/_control/faults", timeout=10)
    shop.let_time_pass(12)
    shop.sweep()
    assert shop.status(order_no) == "closed"
    assert hanging() == []
    assert_money_is_right(shop)


def test_a_closing_that_a_contradiction_holds_up_says_so(shop: Shop) -> None:
    """WeChat says that another amount was paid: it isn't applied, and nothing is closed."""
    order_no = shop.order()
    parameters = shop.start(order_no)
    shop.fault(PAY, "drop")
    shop.approve(parameters)
    db.session.rollback()
    with db.engine.begin() as other:
        other.exec_driver_sql("UPDATE payment_attempts SET amount_fen = amount_fen - 1")
    assert shop.cancel(order_no).status_code == 202
    shop.let_time_pass(12)
    assert [row["error"] for row in hanging()] == ["STILL_PAYABLE"]
    with db.engine.begin() as other:
        other.exec_driver_sql("UPDATE payment_attempts SET amount_fen = amount_fen + 1")
    shop.sweep()
    assert shop.status(order_no) == "paid"
    assert hanging() == []


@pytest.mark.parametrize(
    "kind", ["wrong_amount", "wrong_currency", "wrong_appid", "wrong_mchid", "wrong_openid"]
)
@pytest.mark.parametrize("is_late", [False, True])
def test_a_payments_contradiction_is_over_once_wechat_says_what_is(
    shop: Shop, kind: str, is_late: bool
) -> None:
    """Also of a payment that was in order long before: WeChat is asked, and the order goes."""
    order_no = shop.order()
    if not is_late:
        shop.fault(PAY, kind, retry=False)
    shop.pay(order_no)
    if is_late:
        [callback] = shop.callbacks(PAY)
        db.session.remove()
        with db.engine.begin() as other:
            other.exec_driver_sql("DELETE FROM wechat_notifications")
        shop.control(f"/callbacks/{callback['id']}/redeliver", tampering=kind)
        shop.settle_down()
        assert refuses_to_ship(order_no)
    assert [one["order_no"] for one in disputes(shop, resolved="false")] == [order_no]
    shop.sweep()
    assert shop.status(order_no) == "paid"
    assert disputes(shop, resolved="false") == []
    [kept] = disputes(shop, resolved="true", order_no=order_no)
    assert (kept["resolved_by"], kept["resolution"]) == (
        None,
        "微信之后的回复与本店账目一致，系统自动结案",
    )
    db.session.remove()
    assert ship(order_no, "ZTO", "A0001")
    assert_money_is_right(shop)


@pytest.mark.parametrize("kind", ["wrong_amount", "wrong_mchid"])
@pytest.mark.parametrize("is_late", [False, True])
def test_a_refunds_contradiction_is_over_once_wechat_says_what_is(
    shop: Shop, kind: str, is_late: bool
) -> None:
    order_no = shop.bought(2)
    if not is_late:
        shop.fault(REFUND, kind, retry=False)
    shop.refunded(order_no, 1)
    if is_late:
        [callback] = shop.callbacks(REFUND)
        db.session.remove()
        with db.engine.begin() as other:
            other.exec_driver_sql("DELETE FROM wechat_notifications")
        shop.control(f"/callbacks/{callback['id']}/redeliver", tampering=kind)
        shop.settle_down()
    assert len(disputes(shop, resolved="false")) == 1
    shop.let_time_pass(5)
    shop.sweep()
    assert disputes(shop, resolved="false") == []
    assert shop.detail(order_no)["refunded_fen"] == 1234
    assert_money_is_right(shop)
