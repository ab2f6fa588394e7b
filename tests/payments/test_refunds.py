"""Refunds where a story would be too long: WeChat's count of fifty, lists, shares of a line."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from mall.kernel.db import db, transaction
from mall.orders.models import OrderLine
from mall.payments.refunds.causing import rebate
from mall.payments.refunds.requesting import share_of
from tests.support.disputes import ADMIN
from tests.support.http import error_code
from tests.support.payments import Shop, assert_money_is_right
from tests.support.servers import LiveServer


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Shop:
    return Shop(app, simulator, work)


@given(
    payable_fen=st.integers(0, 10**10),
    parts=st.lists(st.integers(1, 50), min_size=1, max_size=12),
)
def test_the_units_of_a_line_together_give_back_all_of_it(
    payable_fen: int, parts: list[int]
) -> None:
    line = OrderLine(
        payable_fen=payable_fen,
        quantity=sum(parts),
        refunded_quantity=0,
        refunded_fen=0,
        rebated_fen=0,
    )
    for part in parts:
        share = share_of(line, part)
        assert 0 <= share <= payable_fen
        line.refunded_quantity += part
        line.refunded_fen += share
    assert line.refunded_fen == payable_fen


def test_the_fifty_first_refund_of_a_payment_goes_to_staff(shop: Shop) -> None:
    order_no = shop.bought(2)
    db.session.execute(
        text(
            """INSERT INTO refunds (refund_no, out_refund_no, order_id, attempt_id, kind, cause,
                   status, amount_fen, reason, request)
               SELECT 'old' || n, 'old' || n, a.order_id, a.id, 'order', 'staff',
                   'succeeded', 1, '', '{}'
               FROM payment_attempts a, generate_series(1, 50) n"""
        )
    )
    db.session.commit()
    refund_no = shop.refunded(order_no, 1)
    failed = shop.show_refund(refund_no)
    assert (failed["status"], failed["error"]) == ("failed", "TOO_MANY_REFUNDS")
    assert shop.heard("/refunds")["refunds"] == []


def test_the_list_is_paged_and_filtered(shop: Shop) -> None:
    order_no, other = shop.bought(3), shop.bought(1)
    numbers = [shop.refund(order_no, 1).get_json()["refund_no"] for _ in range(3)]
    elsewhere = shop.refund(other, 1).get_json()["refund_no"]

    first = shop.staff.get("/admin/api/v1/refunds", limit=2).get_json()
    assert [item["refund_no"] for item in first["items"]] == [elsewhere, numbers[2]]
    rest = shop.staff.get("/admin/api/v1/refunds", cursor=first["next_cursor"]).get_json()
    assert [item["refund_no"] for item in rest["items"]] == [numbers[1], numbers[0]]
    assert rest["next_cursor"] is None
    mine = shop.staff.get("/admin/api/v1/refunds", order_no=other).get_json()["items"]
    assert [item["refund_no"] for item in mine] == [elsewhere]
    assert shop.staff.get("/admin/api/v1/refunds", status="sent").get_json()["items"] == []
    assert shop.stuck() == []


def test_a_refund_under_way_or_unheard_of_cant_be_called_off(shop: Shop) -> None:
    order_no = shop.bought(1)
    refund_no = shop.refund(order_no, 1).get_json()["refund_no"]
    path = f"/admin/api/v1/refunds/{refund_no}/cancellation"
    assert error_code(shop.staff.post(path)) == "refund_not_cancellable"
    missing = shop.staff.post("/admin/api/v1/refunds/R0/cancellation")
    assert (missing.status_code, error_code(missing)) == (404, "refund_not_found")
    shop.work()
    shop.settle_down()
    assert_money_is_right(shop)


def test_what_a_feature_caused_isnt_called_off(shop: Shop) -> None:
    """Also when WeChat refused it: staff may try it again only."""
    order_no = shop.bought(2)
    shop.control("/refunds/policy", outcome="USER_ACCOUNT_ABNORMAL")
    with transaction() as session:
        refund_no = rebate(session, order_no, {1: 500}, "toy:tier:1", "补差")
    shop.work()
    shop.settle_down()
    assert shop.show_refund(refund_no)["status"] == "failed"
    refused = shop.staff.post(f"{ADMIN}/refunds/{refund_no}/cancellation")
    assert (refused.status_code, error_code(refused)) == (409, "refund_not_cancellable")
    shop.retry(refund_no)
    assert shop.show_refund(refund_no)["status"] == "succeeded"
    assert_money_is_right(shop)


def test_a_line_of_another_order_isnt_refunded(shop: Shop) -> None:
    order_no, other = shop.bought(1), shop.bought(1)
    foreign = {"line_id": shop.detail(other)["lines"][0]["id"], "quantity": 1}
    for refused in (
        shop.staff.post(f"{ADMIN}/orders/{order_no}/refund-previews", {"lines": [foreign]}),
        shop.refund(order_no, 1, lines=[foreign]),
    ):
        assert (refused.status_code, error_code(refused)) == (409, "refund_not_possible")
    assert shop.staff.get(f"{ADMIN}/refunds").get_json()["items"] == []


def test_the_payment_that_succeeded_is_given_back(shop: Shop) -> None:
    """Not an earlier attempt, which was closed."""
    used = {"status": 403, "code": "OUT_TRADE_NO_USED", "message": "商户订单号重复"}
    shop.fault("api", "error", path="/v3/pay/transactions/jsapi", error=used)
    order_no = shop.bought(2)
    tried = {a["status"]: a["out_trade_no"] for a in shop.payments(order_no)["attempts"]}
    assert set(tried) == {"closed", "succeeded"}
    refund_no = shop.refunded(order_no, 1)
    assert shop.show_refund(refund_no)["status"] == "succeeded"
    [heard] = shop.heard("/refunds")["refunds"]
    assert heard["out_trade_no"] == tried["succeeded"]
    assert_money_is_right(shop)


@pytest.mark.parametrize(
    "ours", ["out_trade_no = 'T1'", "transaction_id = '420'", "amount_fen = amount_fen + 1"]
)
def test_a_refund_of_another_payment_than_ours_isnt_applied(shop: Shop, ours: str) -> None:
    """Our books say otherwise of the payment than WeChat's callback of the refund."""
    order_no = shop.bought(2)
    refund_no = shop.refund(order_no, 1).get_json()["refund_no"]
    with transaction() as session:
        session.execute(text(f"UPDATE payment_attempts SET {ours}"))
    shop.work()
    shop.settle_down()
    assert shop.show_refund(refund_no)["status"] != "succeeded"
    assert shop.discrepancies() == ["mismatch_refund"]
    assert shop.detail(order_no)["refunded_fen"] == 0
