"""Stories about money back: in parts, in full, too much, and when WeChat makes difficulties."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from mall.kernel.db import db
from mall.staff.models import AuditEntry
from tests.support.http import error_code
from tests.support.inventory import Units, units
from tests.support.payments import REFUND, Shop, assert_money_is_right
from tests.support.servers import LiveServer
from tests.support.staff import make_staff

REFUNDS = "/v3/refund/domestic/refunds"


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[Shop]:
    shop = Shop(app, simulator, work)
    yield shop
    assert_money_is_right(shop)


def test_in_two_parts_and_then_the_rest(shop: Shop) -> None:
    order_no = shop.bought(4)
    freight = shop.detail(order_no)["freight_fen"]
    for units_back in (1, 2):
        refund_no = shop.refunded(order_no, units_back)
        assert shop.show_refund(refund_no)["status"] == "succeeded"
        assert shop.status(order_no) == "paid"
        shop.let_time_pass(2)
    assert shop.detail(order_no)["refunded_fen"] == 3 * 1234
    assert units(shop.sku_id) == Units(19, sold=1), "unsent units are on sale again"

    shop.refunded(order_no, 1, freight_fen=freight)

    order = shop.detail(order_no)
    assert (order["status"], order["refunded_fen"]) == ("closed", order["paid_fen"])
    assert shop.payment(order_no)["status"] == "refunded"
    assert units(shop.sku_id) == Units(20)
    assert shop.wechat_payments()[0]["refunded"] == order["paid_fen"]


def test_more_than_was_paid_is_refused(shop: Shop) -> None:
    order_no = shop.bought(2)
    freight = shop.detail(order_no)["freight_fen"]
    for answer in (
        shop.refund(order_no, 3),
        shop.refund(order_no, 2, amount_fen=2 * 1234 + 1),
        shop.refund(order_no, 2, freight_fen=freight + 1),
    ):
        assert (answer.status_code, error_code(answer)) == (409, "refund_not_possible")
    shop.refunded(order_no, 1)
    assert error_code(shop.refund(order_no, 2)) == "refund_not_possible"
    assert error_code(shop.refund(order_no, 0, amount_fen=0)) == "refund_not_possible"
    assert len(shop.heard("/refunds")["refunds"]) == 1


def test_an_amount_without_units(shop: Shop) -> None:
    """The shopper keeps the goods and gets some money back."""
    order_no = shop.bought(2)
    shop.refunded(order_no, 0, amount_fen=500)
    assert shop.detail(order_no)["refunded_fen"] == 500
    assert units(shop.sku_id) == Units(18, sold=2)
    shop.let_time_pass(2)
    shop.refunded(order_no, 2)
    line = shop.detail(order_no)["lines"][0]
    assert (line["rebated_fen"], line["refunded_fen"]) == (500, 2 * 1234 - 500)


def test_what_isnt_paid_isnt_refunded(shop: Shop) -> None:
    order_no = shop.order()
    assert error_code(shop.refund(order_no, 1)) == "order_state"
    missing = shop.staff.post(
        "/admin/api/v1/orders/99999999999999999999/refunds",
        {"lines": [], "freight_fen": 1, "reason": "x"},
    )
    assert (missing.status_code, error_code(missing)) == (404, "order_not_found")


def test_the_same_press_twice_is_one_refund(shop: Shop) -> None:
    order_no = shop.bought(2)
    line_id = shop.detail(order_no)["lines"][0]["id"]
    body = {"lines": [{"line_id": line_id, "quantity": 1}], "reason": "破损"}
    path = f"/admin/api/v1/orders/{order_no}/refunds"
    first = shop.staff.post(path, body, key="refund-press-1")
    second = shop.staff.post(path, body, key="refund-press-1")
    assert first.status_code == second.status_code == 201
    assert first.get_json() == second.get_json()
    shop.work()
    shop.settle_down()
    assert shop.detail(order_no)["refunded_fen"] == 1234


def test_who_may_not_refund(shop: Shop) -> None:
    order_no = shop.bought(1)
    reader = shop.staff.as_(make_staff("refund:read"))
    body = {"lines": [], "freight_fen": 1, "reason": "x"}
    answer = reader.post(f"/admin/api/v1/orders/{order_no}/refunds", body)
    assert (answer.status_code, error_code(answer)) == (403, "not_permitted")


@pytest.mark.parametrize("kind", ["429_accepted", "lost_reply", "http_500_accepted", "stale"])
def test_accepted_though_the_answer_says_otherwise(shop: Shop, kind: str) -> None:
    """WeChat took it: found by query, never asked for under another number."""
    order_no = shop.bought(2)
    shop.fault("api", kind, path=REFUNDS)
    shop.refunded(order_no, 1)
    assert shop.detail(order_no)["refunded_fen"] == 1234
    assert len(shop.heard("/refunds")["refunds"]) == 1


def test_the_request_is_lost_and_so_is_the_query(shop: Shop) -> None:
    shop.fault(REFUND, "drop")
    order_no = shop.bought(2)
    shop.fault("api", "lost_reply", path=REFUNDS)
    shop.fault("api", "http_500", path=REFUNDS)
    refund_no = shop.refunded(order_no, 1)
    waiting = shop.show_refund(refund_no)
    assert (waiting["status"], waiting["error"]) == ("pending", "UNKNOWN")
    assert shop.stuck() == [refund_no]
    shop.let_time_pass(5)
    shop.sweep()
    shop.let_time_pass(5)
    shop.sweep()
    assert shop.show_refund(refund_no)["status"] == "succeeded"
    assert len(shop.heard("/refunds")["refunds"]) == 1


def test_a_request_that_never_arrived_is_repeated_word_for_word(shop: Shop) -> None:
    order_no = shop.bought(2)
    shop.fault("api", "http_500", path=REFUNDS, count=2)
    refund_no = shop.refunded(order_no, 1)
    assert shop.show_refund(refund_no)["status"] == "pending"
    shop.let_time_pass(5)
    shop.sweep()
    done = shop.show_refund(refund_no)
    assert (done["status"], done["out_refund_no"]) == ("succeeded", refund_no)


def test_the_callback_never_comes(shop: Shop) -> None:
    shop.fault(REFUND, "drop")
    order_no = shop.bought(2)
    refund_no = shop.refunded(order_no, 1)
    assert shop.show_refund(refund_no)["status"] == "sent"
    assert shop.detail(order_no)["refunding_fen"] == 1234
    shop.let_time_pass(5)
    shop.sweep()
    assert shop.show_refund(refund_no)["status"] == "succeeded"


@pytest.mark.parametrize("kind", ["forge", "stale"])
def test_a_false_callback_changes_nothing(shop: Shop, kind: str) -> None:
    order_no = shop.bought(2)
    shop.fault(REFUND, kind, retry=False)
    refund_no = shop.refunded(order_no, 1)
    [callback] = shop.callbacks(REFUND)
    assert [try_["status_code"] for try_ in callback["attempts"]] == [401]
    assert shop.show_refund(refund_no)["status"] == "sent"
    shop.let_time_pass(5)
    shop.sweep()
    assert shop.detail(order_no)["refunded_fen"] == 1234


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("wrong_amount", "mismatch_refund"),
        ("wrong_mchid", "mismatch_mchid"),
    ],
)
def test_a_signed_but_wrong_callback_is_kept_for_staff(shop: Shop, kind: str, found: str) -> None:
    order_no = shop.bought(2)
    shop.fault(REFUND, kind, retry=False)
    refund_no = shop.refunded(order_no, 1)
    assert shop.show_refund(refund_no)["status"] == "sent"
    assert shop.discrepancies() == [found]
    shop.let_time_pass(5)
    shop.sweep()
    assert shop.detail(order_no)["refunded_fen"] == 1234


def test_a_doubled_callback_settles_once(shop: Shop) -> None:
    order_no = shop.bought(2)
    shop.fault(REFUND, "double")
    shop.refunded(order_no, 1)
    assert [c["status"] for c in shop.callbacks(REFUND)] == ["delivered", "delivered"]
    assert shop.detail(order_no)["refunded_fen"] == 1234
    assert units(shop.sku_id) == Units(19, sold=1)


def test_abnormal_until_staff_settle_it_in_the_console(shop: Shop) -> None:
    order_no = shop.bought(2)
    shop.control("/refunds/policy", outcome="ABNORMAL")
    refund_no = shop.refunded(order_no, 1)
    assert shop.show_refund(refund_no)["status"] == "abnormal"
    assert shop.stuck() == [refund_no]
    assert error_code(shop.refund(order_no, 2)) == "refund_not_possible", "it stays set aside"
    answer = shop.staff.post(f"/admin/api/v1/refunds/{refund_no}/cancellation")
    assert error_code(answer) == "refund_not_cancellable"

    shop.fault(REFUND, "drop")
    shop.control(f"/refunds/{refund_no}/settle", outcome="SUCCESS")
    shop.retry(refund_no)
    assert shop.show_refund(refund_no)["status"] == "succeeded"
    assert shop.stuck() == []
    again = shop.retry(refund_no)
    assert (again.status_code, error_code(again)) == (409, "refund_not_retryable")


def test_closed_by_wechat_is_asked_for_under_a_new_number(shop: Shop) -> None:
    order_no = shop.bought(2)
    shop.control("/refunds/policy", outcome="CLOSED")
    refund_no = shop.refunded(order_no, 1)
    assert shop.show_refund(refund_no)["status"] == "closed"
    shop.sweep()
    assert shop.stuck() == [refund_no], "only staff send it again"

    assert shop.retry(refund_no).status_code == 200
    waits = shop.show_refund(refund_no)
    assert (waits["status"], waits["out_refund_no"]) == ("pending", f"{refund_no}G1")
    assert len(shop.heard("/refunds")["refunds"]) == 1, "WeChat wants a minute in between"
    shop.let_time_pass(2)
    shop.sweep()
    assert shop.show_refund(refund_no)["status"] == "succeeded"
    assert shop.detail(order_no)["refunded_fen"] == 1234


def test_closed_by_wechat_and_called_off(shop: Shop) -> None:
    order_no = shop.bought(2)
    shop.control("/refunds/policy", outcome="CLOSED")
    refund_no = shop.refunded(order_no, 2)
    answer = shop.staff.post(f"/admin/api/v1/refunds/{refund_no}/cancellation")
    assert answer.get_json()["status"] == "canceled"
    order = shop.detail(order_no)
    assert (order["status"], order["refunding_fen"], order["refunded_fen"]) == ("paid", 0, 0)
    shop.let_time_pass(2)
    shop.refunded(order_no, 2)
    assert shop.detail(order_no)["refunded_fen"] == 2 * 1234


def test_short_of_money_then_topped_up(shop: Shop) -> None:
    order_no = shop.bought(2)
    shop.control("/refunds/policy", outcome="NOT_ENOUGH")
    refund_no = shop.refunded(order_no, 1)
    waiting = shop.show_refund(refund_no)
    assert (waiting["status"], waiting["error"]) == ("pending", "NOT_ENOUGH")
    assert shop.stuck() == [refund_no]
    shop.let_time_pass(5)
    shop.sweep()
    done = shop.show_refund(refund_no)
    assert (done["status"], done["out_refund_no"]) == ("succeeded", refund_no)
    assert shop.stuck() == []


def test_the_payers_account_is_dead(shop: Shop) -> None:
    order_no = shop.bought(2)
    shop.control("/refunds/policy", outcome="USER_ACCOUNT_ABNORMAL")
    refund_no = shop.refunded(order_no, 1)
    failed = shop.show_refund(refund_no)
    assert (failed["status"], failed["error"]) == ("failed", "USER_ACCOUNT_ABNORMAL")
    assert shop.stuck() == [refund_no]
    shop.retry(refund_no)
    assert shop.show_refund(refund_no)["status"] == "succeeded"


def test_wechat_wants_a_minute_between_refunds_of_one_order(shop: Shop) -> None:
    shop.control("/settings", refund_interval_s=60)
    order_no, other = shop.bought(2), shop.bought(1)
    first = shop.refund(order_no, 1).get_json()["refund_no"]
    second = shop.refund(order_no, 1).get_json()["refund_no"]
    third = shop.refund(other, 1).get_json()["refund_no"]
    shop.work()
    shop.settle_down()
    states = {shop.show_refund(number)["status"] for number in (first, third)}
    assert states == {"succeeded"}
    waiting = shop.show_refund(second)
    assert (waiting["status"], waiting["tries"], waiting["stuck"]) == ("pending", 0, False)

    shop.let_time_pass(2)
    shop.control("/settings", refund_interval_s=0)
    shop.sweep()
    assert shop.show_refund(second)["status"] == "succeeded"


def test_what_staff_did_is_on_the_trail(shop: Shop) -> None:
    order_no = shop.bought(2)
    refund_no = shop.refunded(order_no, 1)
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "refund.request")
    ).one()
    assert entry.target_id == refund_no
    assert entry.after is not None
    assert entry.after["order_no"] == order_no
    assert entry.after["amount_fen"] == 1234
    db.session.remove()
