"""Rewards: composed by staff, given once, within budget and cap, taken back."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from mall.kernel.db import db, transaction
from mall.kernel.invariants import ATTENTION
from mall.rewards.confirming import confirm_for
from mall.rewards.granting import Source, grant
from mall.staff.models import AuditEntry
from tests.support.coupons import coupon_of, make_rule, make_template
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.staff import make_staff
from tests.support.users import make_shopper

RULES = "/admin/api/v1/reward-rules"


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("reward:read", "reward:write"))


def send(staff: Http, rule_id: int, event: str, *user_ids: int) -> list[dict[str, Any]]:
    body = {"event": event, "user_ids": [str(user_id) for user_id in user_ids]}
    answer = staff.post(f"{RULES}/{rule_id}/grants", body)
    assert answer.status_code == 201, answer.get_json()
    items: list[dict[str, Any]] = answer.get_json()["items"]
    return items


def outcomes(items: list[dict[str, Any]]) -> list[str]:
    return [item["code"] or item["outcome"] for item in items]


def receipts(staff: Http, rule_id: int) -> list[int]:
    grants = staff.get(f"{RULES}/{rule_id}/grants").get_json()["items"]
    return [
        int(coupon_id)
        for grant in grants
        for part in grant["parts"]
        for coupon_id in part["receipt"].split(",")
    ]


def test_each_shopper_is_rewarded_once_for_an_event(staff: Http) -> None:
    rule_id = make_rule(make_template(way="reward"), 2)
    (one, _), (two, _) = make_shopper(), make_shopper()
    assert outcomes(send(staff, rule_id, "open", one)) == ["granted"]
    assert outcomes(send(staff, rule_id, "open", one, two, two)) == ["already", "granted"]
    assert outcomes(send(staff, rule_id, "birthday", one)) == ["granted"]
    assert outcomes(send(staff, rule_id, "open", 987654321)) == ["shopper_not_found"]
    coupons = [coupon_of(number) for number in receipts(staff, rule_id)]
    assert sorted(c.user_id for c in coupons) == sorted([one] * 4 + [two] * 2)
    assert {c.status for c in coupons} == {"available"}
    assert staff.get(f"{RULES}/{rule_id}").get_json()["used"] == 0, "no budget, nothing to count"
    check_invariants()


def test_budget_and_daily_cap(staff: Http) -> None:
    rule_id = make_rule(make_template(way="reward"), budget=3, daily_cap=2)
    (one, _), (two, _) = make_shopper(), make_shopper()
    for event, expected in (("a", "granted"), ("b", "granted"), ("c", "reward_daily_cap")):
        assert outcomes(send(staff, rule_id, event, one)) == [expected]
    assert outcomes(send(staff, rule_id, "a", two)) == ["granted"]
    assert outcomes(send(staff, rule_id, "b", two)) == ["reward_budget_spent"]
    body = {"name": "x", "reward": [{"kind": "coupon", "what": "1"}], "budget": 2}
    body["reward"] = staff.get(f"{RULES}/{rule_id}").get_json()["reward"]
    small = staff.put(f"{RULES}/{rule_id}", body)
    assert (small.status_code, error_code(small)) == (409, "reward_budget_too_small")
    assert (
        staff.put(f"{RULES}/{rule_id}", {**body, "budget": 9, "enabled": False}).status_code == 200
    )
    assert outcomes(send(staff, rule_id, "b", two)) == ["reward_rule_paused"]
    check_invariants()


def test_what_the_template_no_longer_gives_is_refused_for_that_shopper_only(staff: Http) -> None:
    rule_id = make_rule(make_template(way="reward", total_limit=1), budget=9)
    (one, _), (two, _) = make_shopper(), make_shopper()
    assert outcomes(send(staff, rule_id, "a", one, two)) == ["granted", "coupon_all_claimed"]
    assert staff.get(f"{RULES}/{rule_id}").get_json()["used"] == 1
    check_invariants()


def test_taking_back(staff: Http) -> None:
    rule_id = make_rule(make_template(way="reward"), budget=1)
    user_id, _ = make_shopper()
    (item,) = send(staff, rule_id, "a", user_id)
    path = f"/admin/api/v1/reward-grants/{item['grant_id']}/reversal"
    assert staff.post(path).status_code == 204
    assert staff.post(path).status_code == 204
    assert staff.get(f"{RULES}/{rule_id}").get_json()["used"] == 0
    (grant,) = staff.get(f"{RULES}/{rule_id}/grants", user_id=str(user_id)).get_json()["items"]
    assert (grant["status"], grant["parts"][0]["taken_back"]) == ("reversed", 1)
    shown = staff.get(f"/admin/api/v1/reward-grants/{grant['id']}").get_json()
    assert [(step["from_status"], step["to_status"]) for step in shown["steps"]] == [
        ("granted", "reversed")
    ]
    assert [coupon_of(number).status for number in receipts(staff, rule_id)] == ["revoked"]
    assert outcomes(send(staff, rule_id, "a", user_id)) == ["already"], "not given again"
    missing = staff.post("/admin/api/v1/reward-grants/987654321/reversal")
    assert (missing.status_code, error_code(missing)) == (404, "reward_grant_not_found")
    check_invariants()


def promise(rule_id: int, user_id: int, ground: str) -> int:
    with transaction() as session:
        return grant(session, user_id, Source(rule_id, ground, ground), pending=True).id


def test_staff_see_what_waits_and_give_what_was_refused(staff: Http) -> None:
    template_id = make_template(way="reward", total_limit=1)
    rule_id, user_id = make_rule(template_id, 2), make_shopper()[0]
    grant_id = promise(rule_id, user_id, "order:1")
    promise(rule_id, user_id, "order:2")
    path = f"/admin/api/v1/reward-grants/{grant_id}"
    early = staff.post(f"{path}/confirmation")
    assert (early.status_code, error_code(early)) == (409, "reward_not_refused")
    with transaction() as session:
        confirm_for(session, "order:1", cause="order")
    for query in ({"refused": "true"}, {"ground": "order:1"}):
        (item,) = staff.get("/admin/api/v1/reward-grants", **query).get_json()["items"]
        assert item == {
            "id": str(grant_id),
            "rule_id": str(rule_id),
            "user_id": str(user_id),
            "event": "order:1",
            "ground": "order:1",
            "status": "pending",
            "refusal": "coupon_all_claimed",
            "parts": [
                {
                    "kind": "coupon",
                    "what": str(template_id),
                    "count": 2,
                    "receipt": None,
                    "taken_back": 0,
                    "debt": 0,
                }
            ],
            "created_at": item["created_at"],
            "reversed_at": None,
        }
    query = ATTENTION["refused_rewards"].query
    assert query is not None
    assert [row.id for row in db.session.execute(query)] == [grant_id]
    still = staff.post(f"{path}/confirmation")
    assert (still.status_code, error_code(still)) == (409, "coupon_all_claimed")
    with transaction() as session:
        session.execute(text("UPDATE coupon_templates SET total_limit = 2"))
    assert staff.post(f"{path}/confirmation").status_code == 204
    shown = staff.get(path).get_json()
    assert (shown["status"], shown["refusal"]) == ("granted", None)
    (step,) = shown["steps"]
    assert (step["from_status"], step["to_status"], step["cause"]) == (
        *("pending", "granted"),
        "staff",
    )
    missing = staff.get("/admin/api/v1/reward-grants/987654321")
    assert (missing.status_code, error_code(missing)) == (404, "reward_grant_not_found")
    check_invariants()


def test_staff_cancel_what_waits(staff: Http) -> None:
    rule_id = make_rule(make_template(way="reward"), budget=1)
    grant_id = promise(rule_id, make_shopper()[0], "order:1")
    assert staff.post(f"/admin/api/v1/reward-grants/{grant_id}/reversal").status_code == 204
    shown = staff.get(f"/admin/api/v1/reward-grants/{grant_id}").get_json()
    assert (shown["status"], shown["parts"][0]["taken_back"]) == ("canceled", 1)
    assert staff.get(f"{RULES}/{rule_id}").get_json()["used"] == 0
    check_invariants()


@pytest.mark.parametrize(
    "part",
    [
        {"kind": "gold", "what": "1"},
        {"kind": "coupon", "what": "987654321"},
        {"kind": "coupon", "what": "x"},
        {"kind": "coupon", "what": "9" * 19},
        {"kind": "coupon", "what": "TEMPLATE", "count": 1000},
    ],
)
def test_what_nobody_gives_is_refused(staff: Http, part: dict[str, Any]) -> None:
    template_id = str(make_template(way="reward"))
    part = {**part, "what": part["what"].replace("TEMPLATE", template_id)}
    answer = staff.post(RULES, {"name": "礼", "reward": [part]})
    assert (answer.status_code, error_code(answer)) == (422, "reward_unknown")


def test_staff_leave_a_trail(staff: Http, app: Flask) -> None:
    part = {"kind": "coupon", "what": str(make_template(way="reward"))}
    made = staff.post(RULES, {"name": "礼", "reward": [part]})
    assert made.status_code == 201
    (item,) = send(staff, int(made.get_json()["id"]), "a", make_shopper()[0])
    staff.post(f"/admin/api/v1/reward-grants/{item['grant_id']}/reversal")
    assert [rule["name"] for rule in staff.get(RULES).get_json()["items"]] == ["礼"]
    actions = db.session.scalars(
        select(AuditEntry.action)
        .where(AuditEntry.action.startswith("reward"))
        .order_by(AuditEntry.id)
    ).all()
    assert actions == ["reward_rule.create", "reward_rule.send", "reward.reverse"]
