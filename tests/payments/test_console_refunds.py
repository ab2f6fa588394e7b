"""Refunds that somebody makes in WeChat's own console: of which order, held, and booked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from mall.kernel.db import db
from mall.payments.callback_urls import notify_url
from mall.shipping.commands import ship
from tests.support.disputes import ADMIN, book, disputes, in_console, refuses_to_ship
from tests.support.http import error_code
from tests.support.payments import Shop, assert_money_is_right
from tests.support.servers import LiveServer


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Shop:
    return Shop(app, simulator, work)


def test_wechats_notice_holds_the_order_and_staff_book_it(shop: Shop) -> None:
    order_no = shop.bought(2)
    number = in_console(shop, order_no, 1234, notify_url=notify_url("refund"))
    [kept] = disputes(shop)
    assert (kept["kind"], kept["number"], kept["order_no"]) == ("unknown_refund", number, order_no)
    assert kept["actual"] == {"refund_fen": 1234, "status": "SUCCESS"}
    assert "补记" in kept["next_step"]
    assert refuses_to_ship(order_no)
    assert error_code(shop.refund(order_no, 1)) == "payment_in_dispute", "it may be gone already"

    booked = book(shop, order_no)
    assert booked.status_code == 201, booked.get_json()
    shown = booked.get_json()
    assert (shown["status"], shown["out_refund_no"], shown["cause"]) == (
        "succeeded",
        number,
        f"wechat:{number}",
    )
    assert shop.detail(order_no)["refunded_fen"] == 1234
    assert disputes(shop, resolved="false") == []
    db.session.remove()
    assert ship(order_no, "ZTO", "A0001")
    shop.work()
    assert_money_is_right(shop)


def test_one_that_is_under_way_is_followed_once_it_is_booked(shop: Shop) -> None:
    order_no = shop.bought(2)
    shop.control("/refunds/policy", outcome="ABNORMAL")
    number = in_console(shop, order_no, 1234, notify_url=notify_url("refund"))
    assert book(shop, order_no).get_json()["status"] == "abnormal"
    assert shop.detail(order_no)["refunding_fen"] == 1234
    shop.control(f"/refunds/{number}/settle", outcome="SUCCESS")
    shop.settle_down()
    assert shop.detail(order_no)["refunded_fen"] == 1234
    assert_money_is_right(shop)


def test_what_isnt_what_wechat_gave_back_isnt_booked(shop: Shop) -> None:
    order_no = shop.bought(2)
    in_console(shop, order_no, 500, notify_url=notify_url("refund"))
    assert error_code(book(shop, order_no)) == "booked_amount_differs"
    line_id = shop.detail(order_no)["lines"][0]["id"]
    too_many = [{"line_id": line_id, "quantity": 3, "amount_fen": 500}]
    assert error_code(book(shop, order_no, lines=too_many)) == "refund_not_possible"
    nothing = book(shop, order_no, lines=[])
    assert error_code(nothing) == "booked_amount_differs"
    rebate = [{"line_id": line_id, "quantity": 0, "amount_fen": 500}]
    assert book(shop, order_no, lines=rebate).status_code == 201
    assert shop.detail(order_no)["refunded_fen"] == 500
    assert_money_is_right(shop)


def test_a_refund_of_no_order_of_ours_is_only_resolved(shop: Shop) -> None:
    order_no = shop.bought(2)
    db.session.remove()
    with db.engine.begin() as other:
        other.exec_driver_sql(
            "INSERT INTO payment_discrepancies (kind, source, number, expected, actual)"
            " VALUES ('unknown_refund', 'callback', 'E1E1E1E1', '{}', '{}')"
        )
    [kept] = disputes(shop)
    assert kept["order_no"] is None
    line = {"line_id": shop.detail(order_no)["lines"][0]["id"], "quantity": 1}
    answer = shop.staff.post(
        f"{ADMIN}/payment-discrepancies/{kept['id']}/refund", {"lines": [line], "reason": "x"}
    )
    assert (answer.status_code, error_code(answer)) == (409, "refund_not_bookable")


def test_a_refund_that_our_books_have_isnt_booked_again(shop: Shop) -> None:
    order_no = shop.bought(2)
    number = shop.refunded(order_no, 1)
    db.session.remove()
    with db.engine.begin() as other:
        other.exec_driver_sql(
            "INSERT INTO payment_discrepancies (kind, source, number, order_id, expected, actual)"
            f" SELECT 'contradicting_refund', 'callback', '{number}', id, '{{}}', '{{}}'"
            " FROM orders"
        )
    again = book(shop, order_no)
    assert (again.status_code, error_code(again)) == (409, "refund_not_bookable")
    assert shop.show_refund(number)["out_refund_no"] == number
    assert shop.detail(order_no)["refunded_fen"] == 1234
    assert_money_is_right(shop)


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        ("USER_ACCOUNT_ABNORMAL", "用户账户异常"),
        ("NOT_ENOUGH", "基本账户余额不足，请充值后重新发起"),
    ],
)
def test_staff_read_wechats_own_sentence(shop: Shop, outcome: str, sentence: str) -> None:
    order_no = shop.bought(2)
    shop.control("/refunds/policy", outcome=outcome)
    refund_no = shop.refunded(order_no, 1)
    shown = shop.show_refund(refund_no)
    assert (shown["error"], shown["error_message"]) == (outcome, sentence)
    shop.let_time_pass(5)
    shop.retry(refund_no)
    done = shop.show_refund(refund_no)
    assert (done["status"], done["error"], done["error_message"]) == ("succeeded", None, None)
