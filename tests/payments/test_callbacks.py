"""The callback route where WeChat isn't at fault: a busy order, an odd but genuine notice."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from flask import Flask
from prometheus_client import REGISTRY
from sqlalchemy import text

from mall.kernel.db import connect_transactional, db
from mall.wechat.simulator.context import EXTENSION
from mall.wechat.simulator.envelopes import callback_envelope
from tests.support.payments import PAY, Shop, assert_money_is_right
from tests.support.servers import LiveServer


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Shop:
    return Shop(app, simulator, work)


def unheard_of(shop: Shop) -> tuple[str, dict[str, Any]]:
    """An order paid at WeChat, and the notice that was never sent."""
    shop.fault(PAY, "drop")
    order_no = shop.order(2)
    shop.approve(shop.start(order_no))
    [notice] = shop.callbacks(PAY)
    return order_no, notice


def send(shop: Shop, notice: dict[str, Any]) -> requests.Response:
    envelope = callback_envelope(shop.simulator.app.extensions[EXTENSION], notice, "")
    return requests.post(envelope.url, data=envelope.body, headers=envelope.headers, timeout=30)


def counted(kind: str, result: str) -> float:
    labels = {"kind": kind, "result": result}
    return REGISTRY.get_sample_value("mall_wechat_pay_notifications_total", labels) or 0


def test_an_order_that_is_busy_is_given_up_in_time_and_taken_later(shop: Shop) -> None:
    order_no, notice = unheard_of(shop)
    with connect_transactional(db.engine) as other:
        other.execute(text("SELECT 1 FROM orders FOR UPDATE"))
        started = time.monotonic()
        answer = send(shop, notice)
        assert time.monotonic() - started < 5, "WeChat waits no longer"
        assert answer.status_code == 500
        assert answer.json()["code"] == "FAIL"
        other.rollback()
    assert send(shop, notice).status_code == 204
    assert shop.status(order_no) == "paid"
    assert_money_is_right(shop)


def test_every_notice_is_counted_by_what_was_made_of_it(shop: Shop) -> None:
    before = {r: counted("pay", r) for r in ("applied", "repeated", "rejected")}
    _, notice = unheard_of(shop)
    send(shop, notice)
    send(shop, notice)
    envelope = callback_envelope(shop.simulator.app.extensions[EXTENSION], notice, "forge")
    requests.post(envelope.url, data=envelope.body, headers=envelope.headers, timeout=30)
    after = {r: counted("pay", r) for r in before}
    assert {r: after[r] - before[r] for r in before} == dict.fromkeys(before, 1)


@pytest.mark.parametrize(
    ("changed", "outcome", "kept"),
    [
        ({"event_type": "SECURITY_ECHO.SUCCESS"}, "ignored", []),
        ({"plaintext": {"odd": 1}}, "unreadable", ["unreadable"]),
    ],
)
def test_a_genuine_notice_of_another_kind_is_acknowledged(
    shop: Shop, changed: dict[str, Any], outcome: str, kept: list[str]
) -> None:
    order_no, notice = unheard_of(shop)
    assert send(shop, notice | changed).status_code == 204
    assert shop.status(order_no) == "unpaid"
    assert shop.discrepancies() == kept
    [row] = db.session.execute(text("SELECT id, outcome FROM wechat_notifications")).all()
    assert tuple(row) == (notice["notification_id"], outcome)
    db.session.remove()
