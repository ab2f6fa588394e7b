"""A promoter's story by HTTP: applies for nothing, is accepted, learns, grows, is asked again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from mall.aftersales.jobs import settle_orders
from mall.kernel.db import transaction
from mall.referral.promoters.queries import active_promoter
from tests.support.http import Http, error_code
from tests.support.payments import assert_money_is_right
from tests.support.points_shop import PointsShop
from tests.support.promoters import AGREEMENT, PATH, lesson_terms
from tests.support.servers import LiveServer
from tests.support.staff import make_staff

ADMIN = "/admin/api/v1"
RIGHT, WRONG = [[1], [0, 2]], [[0], [1]]


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[PointsShop]:
    shop = PointsShop(app, simulator, work)
    yield shop
    assert_money_is_right(shop)


def made(staff: Http, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = staff.post(f"{ADMIN}/{path}", body)
    assert answer.status_code == 201, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


def prepared(staff: Http) -> tuple[str, str]:
    """An agreement, two levels, a lesson; an order and the lesson open the second level: the
    ids of that level and of the lesson."""
    made(staff, "promoter-agreements", {**AGREEMENT, "replaces": 0})
    made(staff, "promoter-levels", {"name": "推广员", "position": 10})
    levels = made(staff, "promoter-levels", {"name": "达人", "position": 20})["items"]
    lesson = made(staff, "promoter-lessons", lesson_terms())["id"]
    rule = {
        "name": "成长为达人",
        "opens": "level",
        "level_id": levels[1]["id"],
        "figures": [{"figure": "settled_orders", "label": "已完成订单", "at_least": 1}],
        "lesson_ids": [lesson],
    }
    warned = staff.post(f"{ADMIN}/promoter-growth-rules", rule)
    assert error_code(warned) == "campaign_warned", "a level by buying is to be thought over"
    made(staff, "promoter-growth-rules", {**rule, "accept_warnings": True})
    return levels[1]["id"], lesson


def test_from_an_application_to_the_second_level(shop: PointsShop) -> None:
    staff = Http(shop.app).as_(make_staff("promoter:read", "promoter:write", "promoter:setup"))
    level_id, lesson_id = prepared(staff)
    mine = shop.shopper

    # Nothing was bought yet: reading and applying is all that it takes.
    agreement = mine.get(f"{PATH}/agreement").get_json()
    body = {"agreement_version": agreement["version"], "note": "小区有三个群"}
    assert mine.post(f"{PATH}/application", body).get_json()["status"] == "applied"
    (waiting,) = staff.get(f"{ADMIN}/promoter-applications").get_json()["items"]
    decision = f"{ADMIN}/promoters/{waiting['user_id']}/decision"
    assert staff.post(decision, {"accept": True}).status_code == 200
    shop.work()
    shown = mine.get(PATH).get_json()
    assert (shown["is_paid"], shown["level"]["name"]) == (True, "推广员")
    assert [one["met"] for one in shown["ways"][0]["conditions"]] == [False, False]
    inbox = mine.get("/api/v1/messages/inbox").get_json()["items"]
    assert inbox[0]["title"] == "推广员已通过"

    # A lesson on the second try, an order that can't come back: the second level.
    tries = f"{PATH}/lessons/{lesson_id}/attempts"
    assert not mine.post(tries, {"version": 1, "answers": WRONG}).get_json()["passed"]
    assert mine.post(tries, {"version": 1, "answers": RIGHT}).get_json()["passed"]
    order_no = shop.bought(1)
    shop.completed(order_no)
    shop.work()
    assert mine.get(PATH).get_json()["level"]["name"] == "推广员", "it may still come back"
    shop.days_pass(30)
    settle_orders()
    shop.work()
    shown = mine.get(PATH).get_json()
    assert (shown["level"]["id"], shown["next_level"]) == (level_id, None)

    # A new agreement asks again; then staff block, and unblock.
    text = "第二版：佣金于订单完结后结算。"
    in_force = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    made(
        staff,
        "promoter-agreements",
        {**AGREEMENT, "text": text, "replaces": 1, "in_force_at": in_force},
    )
    assert mine.get(PATH).get_json()["must_accept"] is True
    accepted = mine.put(f"{PATH}/agreement", {"agreement_version": 2}).get_json()
    assert (accepted["must_accept"], accepted["is_paid"]) == (False, True)
    block = f"{ADMIN}/promoters/{waiting['user_id']}/block"
    assert staff.post(block, {"reason": "疑似刷单"}).status_code == 200
    shown = mine.get(PATH).get_json()
    assert (shown["status"], shown["is_paid"], shown["reason"]) == ("blocked", False, "疑似刷单")
    with transaction() as session:
        assert active_promoter(session, shop.user_id) is None
    unblock = f"{ADMIN}/promoters/{waiting['user_id']}/unblock"
    assert staff.post(unblock, {"reason": "已核实"}).status_code == 200
    assert mine.get(PATH).get_json()["is_paid"] is True
    full = staff.get(f"{ADMIN}/promoters/{waiting['user_id']}").get_json()
    steps = [(one["new_status"], one["cause"]) for one in reversed(full["changes"])]
    assert steps == [
        ("applied", "application"),
        ("active", "staff"),
        ("active", "growth"),
        ("blocked", "staff"),
        ("active", "staff"),
    ]
