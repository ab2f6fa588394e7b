"""A refund that was called off, and that WeChat carries out all the same: nothing of it is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db
from mall.payments.refunds import cancelling
from mall.payments.refunds.errors import RefundNotCancellable
from mall.shipping.commands import ship
from tests.support.disputes import (
    ADMIN,
    REFUNDS,
    called_off,
    disputes,
    refused_though_accepted,
    refuses_to_ship,
)
from tests.support.http import Http, error_code
from tests.support.payments import REFUND, Shop, assert_money_is_right
from tests.support.servers import LiveServer
from tests.support.staff import make_staff


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Shop:
    return Shop(app, simulator, work)


@pytest.fixture
def manager(shop: Shop) -> Http:
    return shop.staff.as_(
        make_staff(
            *("refund:write", "refund:read", "payment:read", "payment:write", "order:read"),
            *("shipment:write", "order:write"),
        )
    )


def test_wechat_is_asked_before_a_refund_is_called_off(shop: Shop) -> None:
    order_no = shop.bought(2)
    refund_no = refused_though_accepted(shop, order_no)
    answer = shop.staff.post(f"{ADMIN}/refunds/{refund_no}/cancellation")
    assert (answer.status_code, error_code(answer)) == (409, "refund_not_cancellable")
    assert shop.show_refund(refund_no)["status"] == "sent", "it is on its way"
    shop.control(f"/refunds/{refund_no}/settle", outcome="SUCCESS")
    shop.settle_down()
    assert shop.detail(order_no)["refunded_fen"] == 1234
    assert_money_is_right(shop)


def test_nothing_is_called_off_while_wechat_cant_be_asked(shop: Shop) -> None:
    order_no = shop.bought(2)
    shop.control("/refunds/policy", outcome="USER_ACCOUNT_ABNORMAL")
    refund_no = shop.refunded(order_no, 1)
    path = f"{ADMIN}/refunds/{refund_no}/cancellation"
    shop.fault("api", "http_500", path=f"{REFUNDS}/")
    answer = shop.staff.post(path)
    assert (answer.status_code, error_code(answer)) == (503, "payment_unavailable")
    assert shop.show_refund(refund_no)["status"] == "failed"
    assert shop.staff.post(path).get_json()["status"] == "canceled"
    assert shop.detail(order_no)["refunding_fen"] == 0
    assert_money_is_right(shop)


def test_what_was_tried_once_more_meanwhile_isnt_called_off_unasked(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WeChat has denied it; before it is called off, staff press "try again"."""
    order_no = shop.bought(2)
    shop.control("/refunds/policy", outcome="USER_ACCOUNT_ABNORMAL")
    refund_no = shop.refunded(order_no, 1)
    ask = cancelling.ask_and_apply

    def ask_and_try_again(number: str) -> None:
        ask(number)
        shop.control("/refunds/policy", outcome="USER_ACCOUNT_ABNORMAL")
        shop.retry(refund_no)

    db.session.remove()
    with monkeypatch.context() as meanwhile, pytest.raises(RefundNotCancellable):
        meanwhile.setattr(cancelling, "ask_and_apply", ask_and_try_again)
        cancelling.cancel_refund(refund_no)
    assert shop.show_refund(refund_no)["status"] == "failed"
    assert shop.detail(order_no)["refunding_fen"] == 1234
    cancelling.cancel_refund(refund_no)
    assert shop.show_refund(refund_no)["status"] == "canceled"
    assert_money_is_right(shop)


def test_the_genuine_success_of_what_was_called_off_is_recorded_and_holds_the_order(
    shop: Shop,
) -> None:
    order_no = shop.bought(2)
    refund_no = called_off(shop, order_no)
    shop.control(f"/refunds/{refund_no}/settle", outcome="SUCCESS")
    shop.settle_down()

    [kept] = disputes(shop)
    assert (kept["kind"], kept["number"]) == ("contradicting_refund", refund_no)
    assert (kept["order_no"], kept["resolved_at"]) == (order_no, None)
    assert kept["expected"] == {"refund_fen": 1234, "status": "canceled"}
    assert kept["actual"] == {"refund_fen": 1234, "status": "SUCCESS"}
    assert "补记" in kept["next_step"]
    assert refuses_to_ship(order_no)
    again = shop.refund(order_no, 1)
    assert (again.status_code, error_code(again)) == (409, "payment_in_dispute"), "not twice"
    shop.sweep()
    assert len(disputes(shop, resolved="false")) == 1, "WeChat was asked, and says the same"


def test_what_was_called_off_is_booked_as_it_was(shop: Shop, manager: Http) -> None:
    order_no = shop.bought(2)
    refund_no = called_off(shop, order_no)
    shop.control(f"/refunds/{refund_no}/settle", outcome="SUCCESS")
    shop.settle_down()
    [kept] = disputes(shop)

    path = f"{ADMIN}/payment-discrepancies/{kept['id']}/refund"
    booked = manager.post(path, {"reason": "微信已退"})
    assert booked.status_code == 201, booked.get_json()
    assert (booked.get_json()["status"], booked.get_json()["out_refund_no"]) == (
        "succeeded",
        refund_no,
    )
    assert shop.detail(order_no)["refunded_fen"] == 1234
    assert shop.show_refund(refund_no)["status"] == "canceled"
    again = manager.post(path, {"reason": "微信已退"})
    assert (again.status_code, error_code(again)) == (409, "discrepancy_already_resolved")
    db.session.remove()
    assert ship(order_no, "ZTO", "A0001"), "what is left may be sent again"
    assert_money_is_right(shop)


def test_what_was_sent_meanwhile_is_booked_as_a_rebate(shop: Shop, manager: Http) -> None:
    """The units have left: the money went back for goods that are kept."""
    order_no = shop.bought(1)
    refund_no = called_off(shop, order_no)
    db.session.remove()
    ship(order_no, "ZTO", "A0001")
    shop.control(f"/refunds/{refund_no}/settle", outcome="SUCCESS")
    shop.settle_down()
    [kept] = disputes(shop)
    line_id = shop.detail(order_no)["lines"][0]["id"]
    path = f"{ADMIN}/payment-discrepancies/{kept['id']}/refund"
    lines = [{"line_id": line_id, "quantity": 0, "amount_fen": 1000}]
    short = manager.post(path, {"lines": lines, "reason": "微信已退"})
    assert (short.status_code, error_code(short)) == (409, "booked_amount_differs")
    assert "12.34" in short.get_json()["error"]["message"]
    lines[0]["amount_fen"] = 1234
    booked = manager.post(path, {"lines": lines, "reason": "微信已退"})
    assert booked.status_code == 201, booked.get_json()
    assert shop.detail(order_no)["refunded_fen"] == 1234
    assert_money_is_right(shop)


def test_the_end_of_a_refund_that_was_called_off_resolves_itself(shop: Shop) -> None:
    """WeChat said that it was under way, and closes it in the end: nothing went back."""
    order_no = shop.bought(2)
    refund_no = called_off(shop, order_no)
    shop.control(f"/refunds/{refund_no}/settle", outcome="ABNORMAL")
    shop.settle_down()
    assert refuses_to_ship(order_no)
    shop.control(f"/refunds/{refund_no}/settle", outcome="CLOSED")
    shop.settle_down()
    [kept] = disputes(shop)
    assert (kept["resolved_at"] is not None, kept["resolved_by"]) == (True, None)
    db.session.remove()
    assert ship(order_no, "ZTO", "A0001")
    assert_money_is_right(shop)


def test_a_number_that_was_given_up_and_succeeds_stops_its_successor(
    shop: Shop, manager: Http
) -> None:
    """WeChat closes a refund, staff ask again under a new number, and the old one is paid."""
    order_no = shop.bought(2)
    shop.control("/refunds/policy", outcome="CLOSED")
    refund_no = shop.refunded(order_no, 1)
    [callback] = shop.callbacks(REFUND)
    shop.retry(refund_no)
    assert shop.show_refund(refund_no)["status"] == "pending", "a minute between two"
    shop.control(f"/refunds/{refund_no}/revive")
    shop.settle_down()

    [kept] = disputes(shop)
    assert (kept["kind"], kept["order_no"]) == ("superseded_refund", order_no)
    shop.let_time_pass(2)
    shop.sweep()
    stopped = shop.show_refund(refund_no)
    assert (stopped["status"], stopped["error"]) == ("failed", "OLD_NUMBER_PAID")
    canceled = shop.staff.post(f"{ADMIN}/refunds/{refund_no}/cancellation")
    assert canceled.get_json()["status"] == "canceled"
    line_id = shop.detail(order_no)["lines"][0]["id"]
    booked = manager.post(
        f"{ADMIN}/payment-discrepancies/{kept['id']}/refund",
        {"lines": [{"line_id": line_id, "quantity": 1}], "reason": "旧单号已退"},
    )
    assert booked.status_code == 201, booked.get_json()
    assert shop.detail(order_no)["refunded_fen"] == 1234
    assert callback["event_type"] == "REFUND.CLOSED"
    assert_money_is_right(shop)


def test_a_closed_refund_that_succeeds_is_booked(shop: Shop) -> None:
    """Its amount is still set aside, so nothing is open about it."""
    order_no = shop.bought(2)
    shop.control("/refunds/policy", outcome="CLOSED")
    refund_no = shop.refunded(order_no, 1)
    assert shop.show_refund(refund_no)["status"] == "closed"
    shop.control(f"/refunds/{refund_no}/revive")
    shop.settle_down()
    assert shop.show_refund(refund_no)["status"] == "succeeded"
    assert disputes(shop) == []
    assert_money_is_right(shop)


def test_a_resolved_contradiction_lets_the_order_go(shop: Shop, manager: Http) -> None:
    order_no = shop.bought(2)
    refund_no = called_off(shop, order_no)
    shop.control(f"/refunds/{refund_no}/settle", outcome="ABNORMAL")
    shop.settle_down()
    [kept] = disputes(shop)
    path = f"{ADMIN}/payment-discrepancies/{kept['id']}/resolution"
    assert shop.staff.post(path, {"resolution": "已核对"}).status_code == 403
    answer = manager.post(path, {"resolution": "已在商户平台核对"})
    assert answer.status_code == 200, answer.get_json()
    assert answer.get_json()["resolution"] == "已在商户平台核对"
    assert error_code(manager.post(path, {"resolution": "x"})) == "discrepancy_already_resolved"
    audited = set(db.session.scalars(text("SELECT action FROM audit_entries")))
    assert "payment_discrepancy.resolve" in audited
    db.session.remove()
    assert ship(order_no, "ZTO", "A0001")
    shop.control(f"/refunds/{refund_no}/settle", outcome="SUCCESS")
    shop.settle_down()
    assert len(disputes(shop, resolved="false")) == 1, "other facts: open again"
