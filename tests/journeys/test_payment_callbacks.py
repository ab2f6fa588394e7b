"""Stories about WeChat's callback: late, twice, never, out of order, false, altered."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import requests
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db
from tests.support.inventory import Units, units
from tests.support.payments import PAY, REFUND, Shop, assert_money_is_right
from tests.support.servers import LiveServer

NEVER_AGAIN = {"retry": False}


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[Shop]:
    shop = Shop(app, simulator, work)
    yield shop
    assert_money_is_right(shop)


def test_doubled(shop: Shop) -> None:
    shop.fault(PAY, "double")
    order_no = shop.bought()
    assert [c["status"] for c in shop.callbacks(PAY)] == ["delivered", "delivered"]
    assert units(shop.sku_id) == Units(18, sold=2)
    assert len(shop.payments(order_no)["attempts"]) == 1


def test_repeated_because_the_answer_was_lost(shop: Shop) -> None:
    shop.control("/settings", time_scale=0.001)
    shop.fault(PAY, "lost_reply")
    shop.bought()
    [callback] = shop.callbacks(PAY)
    assert [try_["status_code"] for try_ in callback["attempts"]] == [None, 204]
    assert units(shop.sku_id) == Units(18, sold=2)


def test_dropped_and_found_by_the_sweep(shop: Shop) -> None:
    shop.fault(PAY, "drop")
    order_no = shop.order()
    shop.pay(order_no)
    shop.sweep()
    assert shop.status(order_no) == "unpaid", "its turn to be asked about hasn't come"
    shop.let_time_pass(1)
    shop.sweep()
    assert shop.status(order_no) == "paid"


def test_reordered_the_refunds_word_comes_before_the_payments(shop: Shop) -> None:
    shop.fault(PAY, "reorder", seconds=60)
    order_no = shop.order()
    shop.approve(shop.start(order_no))
    assert shop.payment(order_no)["status"] == "paid"

    shop.refunded(order_no, 1)

    assert [c["status"] for c in shop.callbacks(REFUND)] == ["delivered"]
    assert [c["status"] for c in shop.callbacks(PAY)] == ["delivered"]
    assert shop.detail(order_no)["refunded_fen"] == 1234
    assert shop.status(order_no) == "paid"


@pytest.mark.parametrize("kind", ["forge", "stale", "signtest", "unknown_serial"])
def test_not_to_be_trusted(shop: Shop, kind: str) -> None:
    """Refused before anything else; nothing is written, and the sweep finds the truth."""
    shop.fault(PAY, kind, **NEVER_AGAIN)
    order_no = shop.order()
    shop.pay(order_no)
    [callback] = shop.callbacks(PAY)
    assert [try_["status_code"] for try_ in callback["attempts"]] == [401]
    assert '"code":"FAIL"' in callback["attempts"][0]["reply"].replace(" ", "")
    assert shop.status(order_no) == "unpaid"
    assert shop.discrepancies() == []

    shop.let_time_pass(1)
    shop.sweep()
    assert shop.status(order_no) == "paid"


def test_replayed_an_hour_later(shop: Shop) -> None:
    shop.fault(PAY, "replay")
    shop.bought()
    answers = {c["status"]: c["attempts"][0]["status_code"] for c in shop.callbacks(PAY)}
    assert answers == {"delivered": 204, "failed": 401}
    assert units(shop.sku_id) == Units(18, sold=2)


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("wrong_amount", "mismatch_amount"),
        ("wrong_currency", "mismatch_currency"),
        ("wrong_appid", "mismatch_appid"),
        ("wrong_mchid", "mismatch_mchid"),
        ("wrong_openid", "mismatch_payer"),
    ],
)
def test_signed_but_wrong(shop: Shop, kind: str, fault: str) -> None:
    """Not applied, kept for staff, acknowledged; a query tells what really was."""
    shop.fault(PAY, kind, **NEVER_AGAIN)
    order_no = shop.order()
    shop.pay(order_no)
    [callback] = shop.callbacks(PAY)
    assert callback["status"] == "accepted_tampered"
    assert shop.status(order_no) == "unpaid"
    assert shop.discrepancies() == [fault]
    assert shop.openid not in shop.staff.get("/admin/api/v1/payment-discrepancies").text

    shop.sweep()
    assert shop.status(order_no) == "paid"
    shop.control(f"/callbacks/{callback['id']}/redeliver", tampering=kind)
    shop.settle_down()
    assert shop.discrepancies() == [fault], "a repeat is not kept twice"


def test_the_genuine_one_after_a_wrong_one(shop: Shop) -> None:
    shop.fault(PAY, "wrong_amount", **NEVER_AGAIN)
    order_no = shop.order()
    shop.pay(order_no)
    [callback] = shop.callbacks(PAY)
    shop.control(f"/callbacks/{callback['id']}/redeliver")
    shop.settle_down()
    assert shop.status(order_no) == "paid"


def test_without_associated_data(shop: Shop) -> None:
    shop.fault(PAY, "no_aad")
    shop.bought()


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff\xfe", b"[]", b"x" * 100_000])
def test_from_a_stranger(shop: Shop, live_mall: LiveServer, body: bytes) -> None:
    for path in ("pay", "refund"):
        answer = requests.post(f"{live_mall.url}/callbacks/wechat/{path}", data=body, timeout=10)
        assert answer.status_code == 401
        assert answer.json()["code"] == "FAIL"


def test_of_a_payment_that_isnt_ours(shop: Shop) -> None:
    """Signed by WeChat, but the mall never asked for it: kept for staff, not repeated."""
    order_no = shop.order()
    out_trade_no = shop.approve(shop.start(order_no))
    shop.settle_down()
    [callback] = shop.callbacks(PAY)
    db.session.execute(text("UPDATE payment_attempts SET out_trade_no = 'elsewhere'"))
    db.session.execute(text("DELETE FROM wechat_notifications"))
    db.session.commit()
    shop.control(f"/callbacks/{callback['id']}/redeliver")
    shop.settle_down()
    assert shop.discrepancies() == ["unknown_payment"]
    [callback] = shop.callbacks(PAY)
    assert callback["attempts"][-1]["status_code"] == 204
    db.session.execute(text("UPDATE payment_attempts SET out_trade_no = :no"), {"no": out_trade_no})
    db.session.commit()
