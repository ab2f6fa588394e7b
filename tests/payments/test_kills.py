"""kill -9 around the payment's and the refund's commits, and after a refund was sent."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable

import pytest
from flask import Flask

from mall.application import create_app
from mall.kernel.failpoints import KILLED
from mall.kernel.jobs import run_pending
from mall.payments.payment_queries import query_due_payments
from tests.support.inventory import Units, units
from tests.support.payments import PAY, REFUND, Shop, assert_money_is_right
from tests.support.servers import LiveServer

# Each dying process is forked off one that has loaded the mall: loading takes two seconds.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Shop:
    return Shop(app, simulator, work)


def sweep(app: Flask) -> None:
    with app.app_context():
        query_due_payments()


def die(environment: dict[str, str], work: Callable[[Flask], None], failpoint: str) -> None:
    """Let a process of its own do the work; it must die at `failpoint`."""
    process = PROCESSES.Process(target=alone, args=(environment, work, failpoint))
    process.start()
    process.join(60)
    assert process.exitcode == KILLED


def alone(environment: dict[str, str], work: Callable[[Flask], None], failpoint: str) -> None:
    os.environ.update(environment, MALL_FAILPOINT=failpoint)
    work(create_app())


def test_before_the_payment_is_committed(shop: Shop, environment: dict[str, str]) -> None:
    shop.fault(PAY, "drop")
    order_no = shop.order(2)
    shop.approve(shop.start(order_no))
    shop.let_time_pass(1)
    die(environment, sweep, "payments.before_payment_commit")
    assert shop.status(order_no) == "unpaid"
    assert units(shop.sku_id) == Units(18, reserved=2)

    shop.let_time_pass(1)
    shop.sweep()
    assert shop.status(order_no) == "paid"
    assert units(shop.sku_id) == Units(18, sold=2)
    assert_money_is_right(shop)


def test_after_the_payment_is_committed(shop: Shop, environment: dict[str, str]) -> None:
    shop.fault(PAY, "drop")
    order_no = shop.order(2)
    shop.approve(shop.start(order_no))
    shop.let_time_pass(1)
    die(environment, sweep, "payments.after_payment_commit")
    assert shop.status(order_no) == "paid"
    [notice] = shop.callbacks(PAY)
    shop.control(f"/callbacks/{notice['id']}/redeliver")
    shop.settle_down()
    shop.let_time_pass(5)
    shop.sweep()
    assert units(shop.sku_id) == Units(18, sold=2)
    assert_money_is_right(shop)


@pytest.mark.parametrize("word", ["heard", "dropped"])
def test_after_a_refund_was_sent(shop: Shop, environment: dict[str, str], word: str) -> None:
    """WeChat has it, we don't know: asked about, not sent under another number."""
    order_no = shop.bought(2)
    if word == "dropped":
        shop.fault(REFUND, "drop")
    refund_no = shop.refund(order_no, 1).get_json()["refund_no"]
    die(environment, run_pending, "payments.after_refund_sent")
    shop.settle_down()
    heard = shop.show_refund(refund_no)["status"]
    assert heard == ("succeeded" if word == "heard" else "pending")

    for _ in range(2):
        shop.let_time_pass(5)
        shop.sweep()
    assert shop.show_refund(refund_no)["status"] == "succeeded"
    assert len(shop.heard("/refunds")["refunds"]) == 1
    assert shop.detail(order_no)["refunded_fen"] == 1234
    assert_money_is_right(shop)


@pytest.mark.parametrize("point", ["before_refund_commit", "after_refund_commit"])
def test_around_the_refunds_commit(shop: Shop, environment: dict[str, str], point: str) -> None:
    shop.fault(REFUND, "drop")
    order_no = shop.bought(2)
    refund_no = shop.refund(order_no, 1).get_json()["refund_no"]
    die(environment, run_pending, f"payments.{point}")
    for _ in range(2):
        shop.let_time_pass(5)
        shop.sweep()
    assert shop.show_refund(refund_no)["status"] == "succeeded"
    assert len(shop.heard("/refunds")["refunds"]) == 1
    assert units(shop.sku_id) == Units(19, sold=1)
    assert_money_is_right(shop)
