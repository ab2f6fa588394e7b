"""A slow or half-open WeChat: every request ends in time, and nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from mall.kernel.db import db
from tests.faults.conftest import WECHAT_TIMEOUT_S
from tests.faults.pressing import forget_faults
from tests.support.http import error_code
from tests.support.inventory import Units, units
from tests.support.payments import PAY, Shop
from tests.support.servers import LiveServer
from tests.support.waiting import eventually

PAY_API = "/v3/pay/transactions"
HUNG_S = 30
"""So long that a busy machine's slowness can't be taken for waiting on WeChat."""


@contextmanager
def in_time(calls: int = 1) -> Iterator[None]:
    """The block takes no longer than so many calls to a WeChat that never answers, and what
    else it does."""
    started = time.monotonic()
    yield
    assert time.monotonic() - started < calls * WECHAT_TIMEOUT_S + 2


@pytest.mark.parametrize("kind", ["hang", "hang_after"])
def test_the_prepay_hangs(shop: Shop, live: LiveServer, kind: str) -> None:
    """`hang_after`: WeChat has the order and we don't know."""
    order_no = shop.order(2)
    shop.fault("api", kind, path=f"{PAY_API}/jsapi", seconds=HUNG_S)
    with in_time(2):
        answer = shop.shopper.post(f"/api/v1/orders/{order_no}/payment")
    assert (answer.status_code, error_code(answer)) == (503, "payment_unavailable")
    assert shop.detail(order_no)["status"] == "unpaid"
    shop.pay(order_no)
    assert shop.status(order_no) == "paid"
    assert len(shop.wechat_payments()) == 1, "the same number was used"
    assert units(shop.sku_id) == Units(18, sold=2)


def test_the_query_hangs_and_the_page_answers(shop: Shop, live: LiveServer) -> None:
    shop.fault(PAY, "drop")
    order_no = shop.order(2)
    shop.approve(shop.start(order_no))
    shop.fault("api", "hang", path=f"{PAY_API}/out-trade-no", seconds=HUNG_S)
    with in_time():
        assert shop.payment(order_no)["status"] == "unpaid"
    shop.let_time_pass(1)
    assert shop.payment(order_no)["status"] == "paid"


def test_the_closing_hangs(shop: Shop, live: LiveServer) -> None:
    """It is kept in mind and closed by the sweep; the stock comes back once."""
    order_no = shop.order(2)
    shop.start(order_no)
    shop.fault("api", "hang", path=f"{PAY_API}/out-trade-no", seconds=HUNG_S, count=2)
    with in_time(2):
        answer = shop.cancel(order_no)
    assert (answer.status_code, answer.get_json()["status"]) == (202, "closing")
    forget_faults(shop)
    shop.let_time_pass(1)
    shop.sweep()
    assert shop.status(order_no) == "closed"
    assert units(shop.sku_id) == Units(20)


def test_the_refund_hangs_after_it_was_taken(shop: Shop, live: LiveServer) -> None:
    order_no = shop.bought(2)
    shop.fault("api", "hang_after", path="/v3/refund", seconds=HUNG_S)
    refund_no = shop.refund(order_no, 1).get_json()["refund_no"]
    with in_time(4):
        shop.work()
    shop.settle_down()
    for _ in range(2):
        shop.let_time_pass(5)
        shop.sweep()
    assert shop.show_refund(refund_no)["status"] == "succeeded"
    assert len(shop.heard("/refunds")["refunds"]) == 1


def test_the_login_hangs(shop: Shop) -> None:
    given = shop.control("/login-codes")
    shop.fault("api", "hang", path="/sns/jscode2session", seconds=HUNG_S)
    with in_time(2):
        answer = shop.shopper.post("/api/v1/sessions", {"code": given["code"]})
    assert (answer.status_code, error_code(answer)) == (503, "wechat_unavailable")
    again = shop.shopper.post("/api/v1/sessions", {"code": given["code"]})
    assert again.status_code == 201, again.get_json()


def test_no_connection_is_held_while_wechat_hangs(shop: Shop, live: LiveServer) -> None:
    """The shoppers who wait for WeChat don't keep the others from the database."""
    waiting = [shop.order(1) for _ in range(10)]  # more than there are connections
    db.session.remove()
    shop.fault("api", "hang", path=f"{PAY_API}/jsapi", seconds=HUNG_S, count=len(waiting))
    pool: Any = db.engine.pool
    with ThreadPoolExecutor(len(waiting)) as phones:
        began = time.monotonic()
        pressed = [
            phones.submit(shop.shopper.post, f"/api/v1/orders/{order_no}/payment")
            for order_no in waiting
        ]
        eventually(lambda: shop.heard("/faults")["faults"] == [], pause_s=0.01)  # all are there
        in_use = pool.checkedout()
        nobody_has_given_up = time.monotonic() - began < WECHAT_TIMEOUT_S
        assert in_use == 0 or not nobody_has_given_up
        started = time.monotonic()
        assert shop.shopper.get("/api/v1/cart").status_code == 200
        assert time.monotonic() - started < WECHAT_TIMEOUT_S
        answers = {answer.result(20).status_code for answer in pressed}
    assert answers == {503}
    forget_faults(shop)
    shop.pay(waiting[0])
    assert shop.status(waiting[0]) == "paid"
