"""Refunds above the shop's limit wait for another staff member."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from mall.kernel.db import db
from mall.payments.settings import REFUND_APPROVAL_ABOVE_FEN
from mall.staff.models import AuditEntry
from tests.support.http import Http, error_code
from tests.support.payments import Shop, assert_money_is_right
from tests.support.servers import LiveServer
from tests.support.settings import set_setting
from tests.support.staff import make_staff


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Shop:
    set_setting(REFUND_APPROVAL_ABOVE_FEN, 2000)
    return Shop(app, simulator, work)


@pytest.fixture
def other(shop: Shop) -> Http:
    return Http(shop.app).as_(make_staff("approval:read", "refund:approve", username="bert"))


def decide(who: Http, asked: TestResponse, approve: bool = True) -> TestResponse:
    path = f"/admin/api/v1/approvals/{asked.get_json()['approval_id']}/decision"
    return who.post(path, {"approve": approve, "comment": ""})


def refunds_of(shop: Shop, order_no: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = shop.payments(order_no)["refunds"]
    return items


def test_a_refund_above_the_limit_waits_for_another_one(shop: Shop, other: Http) -> None:
    order_no = shop.bought(3)
    shop.refunded(order_no, 1)  # 12.34, within 20.00
    asked = shop.refund(order_no, 1)  # 24.68 in all
    assert asked.status_code == 202
    assert len(refunds_of(shop, order_no)) == 1
    assert error_code(shop.refund(order_no, 1)) == "approval_pending"
    approval = other.get(f"/admin/api/v1/approvals/{asked.get_json()['approval_id']}").get_json()
    assert (approval["ref"], approval["asked"]) == (order_no, "退款 12.34 元")

    decided = decide(other, asked)
    assert decided.status_code == 200, decided.get_json()
    shop.let_time_pass(2)  # refunds of one payment keep a minute's distance
    shop.sweep()
    refunds = refunds_of(shop, order_no)
    assert [one["status"] for one in refunds] == ["succeeded", "succeeded"]
    assert decided.get_json()["result"] == refunds[1]["refund_no"]
    trail = db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.action == "refund.request")
        .where(AuditEntry.target_id == refunds[1]["refund_no"])
    ).one()
    assert trail.actor == "bert"
    assert (trail.after or {})["requested_by"] == approval["requested_by"]
    assert_money_is_right(shop)


def test_a_refund_that_became_impossible_is_refused_and_the_request_stays(
    shop: Shop, other: Http
) -> None:
    order_no = shop.bought(2)
    asked = shop.refund(order_no, 2)
    assert asked.status_code == 202
    assert shop.refund(order_no, 1).status_code == 201  # small, and faster
    assert error_code(decide(other, asked)) == "refund_not_possible"
    assert decide(other, asked, approve=False).get_json()["status"] == "rejected"
    shop.work()
    shop.settle_down()
    assert len(refunds_of(shop, order_no)) == 1
    assert_money_is_right(shop)


def test_what_nobody_could_approve_is_refused_at_once(shop: Shop) -> None:
    order_no = shop.bought(2)
    answer = shop.refund(order_no, 2, amount_fen=999_999)
    assert (answer.status_code, error_code(answer)) == (409, "refund_not_possible")


def test_without_a_limit_nothing_is_asked(shop: Shop) -> None:
    set_setting(REFUND_APPROVAL_ABOVE_FEN, 0)
    assert shop.refund(shop.bought(2), 2).status_code == 201
