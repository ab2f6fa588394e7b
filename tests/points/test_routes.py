"""Points over HTTP: the shopper's view, statements, adjustments with four eyes, rewards."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest
from flask import Flask

from mall.kernel.db import transaction
from mall.points.settings import APPROVAL_ABOVE
from mall.rewards import commands
from mall.rewards.granting import Source, grant
from mall.rewards.reversing import reverse_for
from mall.rewards.schemas import RewardRuleInSchema
from mall.users.closing import close_account
from tests.support.coupons import make_coupon
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.points import figures, give, hold, make_due, settle
from tests.support.settings import set_setting
from tests.support.staff import make_staff
from tests.support.users import make_shopper


@pytest.fixture(autouse=True)
def whole(app: Flask) -> Iterator[None]:
    yield
    check_invariants()


@pytest.fixture
def anna(http: Http) -> Http:
    return http.as_(make_staff("points:read", "points:write", username="anna"))


@pytest.fixture
def bert(http: Http) -> Http:
    return http.as_(make_staff("approval:read", "points:approve", username="bert"))


def adjust(staff: Http, user_id: int, points: object, reason: str = "补偿") -> tuple[int, object]:
    path = f"/admin/api/v1/shoppers/{user_id}/points-adjustments"
    answer = staff.post(path, {"points": points, "reason": reason})
    ok = answer.status_code in {201, 202}
    return answer.status_code, answer.get_json() if ok else error_code(answer)


def test_a_shopper_sees_points_what_expires_next_and_entries(http: Http) -> None:
    user_id, token = make_shopper()
    me = http.as_(token)
    nothing = {"available": 0, "frozen": 0, "held": 0, "debt": 0, "next_expiry": None}
    assert me.get("/api/v1/points").get_json() == nothing
    due = give(user_id, 5)
    for days in (3, 9):
        give(user_id, days, days=days)
    give(user_id, 1, days=None)
    hold(user_id, "a", 6)
    make_due(due)
    shown = me.get("/api/v1/points").get_json()
    assert (shown["available"], shown["held"]) == (7, 6), "what is due isn't shown"
    assert shown["next_expiry"]["points"] == 6
    first = me.get("/api/v1/points/entries?limit=2").get_json()
    assert [(e["kind"], e["available"], e["held"]) for e in first["items"]] == [
        ("hold", -6, 6),
        ("adjust", 1, 0),
    ]
    assert "note" not in first["items"][0]
    rest = me.get(f"/api/v1/points/entries?cursor={first['next_cursor']}").get_json()
    assert [e["available"] for e in rest["items"]] == [9, 3, 5]


def test_staff_adjust_with_a_reason(anna: Http) -> None:
    user_id = make_shopper()[0]
    assert adjust(anna, user_id, 30)[0] == 201
    assert adjust(anna, user_id, -20)[0] == 201
    assert adjust(anna, user_id, -11) == (409, "points_short")
    path = f"/admin/api/v1/shoppers/{user_id}"
    items = anna.get(f"{path}/points-entries").get_json()["items"]
    assert [(e["available"], e["note"], e["label"]) for e in items] == [
        (-20, "补偿", "人工调整"),
        (30, "补偿", "人工调整"),
    ]
    assert anna.get(f"{path}/points").get_json()["available"] == 10


@pytest.mark.parametrize("points", [0, 1.5, "7", True, None, 10**10, -(10**10)])
def test_what_is_no_number_of_points_is_refused(anna: Http, points: object) -> None:
    assert adjust(anna, make_shopper()[0], points) == (422, "validation_failed")


def test_nobody_and_closed_accounts_get_nothing(anna: Http) -> None:
    user_id = make_shopper()[0]
    close_account(user_id)
    assert adjust(anna, user_id, 1) == (409, "points_account_closed")
    assert adjust(anna, user_id + 1, 1)[0] == 404


def test_above_a_day_s_limit_another_one_approves(anna: Http, bert: Http) -> None:
    set_setting(APPROVAL_ABOVE, 100)
    one, two = make_shopper()[0], make_shopper()[0]
    assert adjust(anna, one, 60)[0] == 201
    assert adjust(anna, one, -40)[0] == 201
    status, asked = adjust(anna, two, 1)
    assert (status, figures(two)) == (202, (0, 0, 0, 0)), "what is taken counts, too"
    assert adjust(anna, two, 1) == (409, "approval_pending")
    assert isinstance(asked, dict)
    path = f"/admin/api/v1/approvals/{asked['approval_id']}"
    assert bert.get(path).get_json()["asked"] == "为用户增加 1 积分"
    assert bert.post(f"{path}/decision", {"approve": True}).status_code == 200
    assert figures(two) == (1, 0, 0, 0)
    set_setting(APPROVAL_ABOVE, 101)
    assert adjust(anna, one, 1)[0] == 201, "what was approved doesn't count"


def test_points_as_a_reward_come_back_and_are_owed(app: Flask) -> None:
    user_id = make_shopper()[0]
    body = {"name": "x", "reward": [{"kind": "points", "count": 150}], "budget_unit": "fen"}
    rule = commands.create_rule(**RewardRuleInSchema().load({**body, "budget": 150}))
    with transaction() as session:
        grant(session, user_id, Source(rule.id, "e", "order:1"))
    assert figures(user_id) == (150, 0, 0, 0)
    hold(user_id, "a", 100)
    settle("a")
    with transaction() as session:
        reverse_for(session, "order:1", cause="refund", share=Fraction(1, 2))
    assert figures(user_id) == (0, 0, 0, 25)


def test_a_reward_of_points_has_no_kinds(http: Http) -> None:
    staff = http.as_(make_staff("reward:write"))
    body = {"name": "x", "reward": [{"kind": "points", "what": "1", "count": 1}]}
    answer = staff.post("/admin/api/v1/reward-rules", body)
    assert (answer.status_code, error_code(answer)) == (422, "reward_unknown")


def test_closing_the_account_says_what_is_lost(http: Http) -> None:
    user_id, token = make_shopper()
    me = http.as_(token)
    assert me.get("/api/v1/me/closure").get_json()["losses"] == []
    give(user_id, 120)
    give(user_id, 30, frozen=True)
    make_due(give(user_id, 5))
    make_coupon(user_id)
    assert me.get("/api/v1/me/closure").get_json()["losses"] == [
        {"name": "coupons", "message": "1 张可用优惠券将作废"},
        {"name": "points", "message": "120 积分（可用）、30 积分（待到账）将作废"},
    ]
