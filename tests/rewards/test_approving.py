"""Four eyes for what staff give by hand above the shop's limit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from mall.kernel.db import db
from mall.rewards.settings import APPROVAL_ABOVE_FEN
from mall.staff.models import AuditEntry
from tests.support.coupons import make_rule, make_template
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.rewards import change_treat_rule, holding, treat_rule, treats
from tests.support.settings import set_setting
from tests.support.staff import make_staff
from tests.support.users import make_shopper

EACH_FEN = 200
"""What ten treats cost."""


@pytest.fixture(autouse=True)
def limited(app: Flask) -> Iterator[None]:
    """Three shoppers' worth may be given by hand on a day."""
    with treats(app):
        set_setting(APPROVAL_ABOVE_FEN, 3 * EACH_FEN)
        yield
        check_invariants()


@pytest.fixture
def anna(http: Http) -> Http:
    return http.as_(make_staff("reward:read", "reward:write", username="anna"))


@pytest.fixture
def bert(http: Http) -> Http:
    return http.as_(make_staff("approval:read", "reward:approve", username="bert"))


def shoppers(count: int) -> list[int]:
    return [make_shopper()[0] for _ in range(count)]


def send(staff: Http, rule_id: int, user_ids: list[int], event: str = "e") -> TestResponse:
    body = {"event": event, "user_ids": [str(user_id) for user_id in user_ids]}
    return staff.post(f"/admin/api/v1/reward-rules/{rule_id}/grants", body)


def approve(staff: Http, approval_id: str) -> TestResponse:
    return staff.post(f"/admin/api/v1/approvals/{approval_id}/decision", {"approve": True})


def held(user_ids: list[int]) -> int:
    return sum(holding(user_id)[0] for user_id in user_ids)


def test_above_the_limit_another_one_approves(anna: Http, bert: Http) -> None:
    rule_id, users = treat_rule(10), shoppers(4)
    asked = send(anna, rule_id, users)
    assert asked.status_code == 202
    approval_id = asked.get_json()["approval_id"]
    assert held(users) == 0
    again = send(anna, rule_id, users)
    assert (again.status_code, error_code(again)) == (409, "approval_pending")
    shown = bert.get(f"/admin/api/v1/approvals/{approval_id}").get_json()
    assert shown["asked"] == "按规则「小食」向 4 名用户发放奖励，成本至多 8.00 元"
    change_treat_rule(rule_id, 1000)
    assert approve(bert, approval_id).get_json()["result"] == "4/4"
    assert held(users) == 40, "what was asked for, not what the rule says meanwhile"
    sent = db.session.scalars(
        select(AuditEntry.after).where(AuditEntry.action == "reward_rule.send")
    ).one()
    assert (sent["requested_by"], sent["approval_id"]) == ("anna", int(approval_id))
    assert send(anna, rule_id, users).status_code == 201, "all have it already"


def test_small_ones_add_up_over_the_day(anna: Http) -> None:
    rule_id, users = treat_rule(10), shoppers(4)
    for number, user_id in enumerate(users[:3]):
        assert send(anna, rule_id, [user_id], f"event-{number}").status_code == 201
    assert send(anna, rule_id, [users[3]], "one more").status_code == 202
    assert send(anna, rule_id, [users[0]], "event-0").status_code == 201, "a repeat"
    assert send(anna, treat_rule(10), [users[3]]).status_code == 201, "another rule"
    assert held(users) == 40


def test_what_nobody_can_price_is_always_approved(anna: Http) -> None:
    rule_id = make_rule(make_template(way="reward", kind="percent", off_bp=100, amount_fen=None))
    assert send(anna, rule_id, shoppers(1)).status_code == 202
    set_setting(APPROVAL_ABOVE_FEN, 0)
    assert send(anna, rule_id, shoppers(1)).status_code == 201


def test_what_gives_nothing_stays_open(anna: Http, bert: Http) -> None:
    rule_id, users = treat_rule(10), shoppers(4)
    approval_id = send(anna, rule_id, users).get_json()["approval_id"]
    change_treat_rule(rule_id, enabled=False)
    refused = approve(bert, approval_id)
    assert (refused.status_code, error_code(refused)) == (409, "reward_nothing_given")
    change_treat_rule(rule_id)
    assert approve(bert, approval_id).status_code == 200
    assert held(users) == 40
