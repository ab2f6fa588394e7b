"""The pace of refunds is slow while WeChat refuses all of them or asks for fewer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db
from tests.support.outbound import sweep_now
from tests.support.payments import Shop
from tests.support.servers import LiveServer


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Shop:
    return Shop(app, simulator, work)


def slow_for_s() -> float:
    db.session.rollback()
    left = "SELECT coalesce(extract(epoch FROM slow_until - now()), 0) FROM outbound_paces"
    return float(db.session.scalar(text(left)) or 0)


def test_too_little_balance_slows_all_refunds(shop: Shop) -> None:
    order_no = shop.bought(2)
    shop.control("/refunds/policy", outcome="NOT_ENOUGH", count=1)
    refund_no = shop.refunded(order_no, 1)
    assert shop.show_refund(refund_no)["status"] == "pending"
    assert 50 < slow_for_s() <= 60
    sweep_now()
    shop.work()
    shop.settle_down()
    assert shop.show_refund(refund_no)["status"] == "succeeded"
    assert slow_for_s() > 50, "one that succeeds doesn't end it"


def test_a_throttled_refund_that_went_through_slows_the_others(shop: Shop) -> None:
    order_no = shop.bought(2)
    shop.fault("api", "429_accepted", path="/v3/refund")
    refund_no = shop.refunded(order_no, 1)
    assert shop.show_refund(refund_no)["status"] == "succeeded"
    assert 50 < slow_for_s() <= 60


def test_the_payer_alone_slows_nobody_for_long(shop: Shop) -> None:
    order_no = shop.bought(2)
    shop.control("/refunds/policy", outcome="USER_ACCOUNT_ABNORMAL", count=1)
    shop.refunded(order_no, 1)
    assert slow_for_s() <= 0.2
