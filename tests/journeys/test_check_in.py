"""A week of check-ins, by HTTP: staff set it up, the shopper comes back each day but one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from mall.missions.checkin.settings import CARD_POINTS
from tests.support.coupons import terms
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.missions import PATH, PLANS, days_pass, given
from tests.support.settings import set_setting
from tests.support.staff import make_staff
from tests.support.users import make_shopper

TEMPLATES, RULES = "/admin/api/v1/coupon-templates", "/admin/api/v1/reward-rules"


def test_a_week_of_check_ins(http: Http) -> None:
    staff = http.as_(make_staff("coupon:write", "reward:write", "checkin:write", "checkin:read"))
    shopper = http.as_(make_shopper()[1])
    template = staff.post(TEMPLATES, terms(way="reward")).get_json()["id"]
    reward = {"name": "签到券", "reward": [{"kind": "coupon", "what": template}]}
    rule_id = staff.post(RULES, reward).get_json()["id"]
    rewards = [
        {"kind": "streak", "at": 3, "rule_id": rule_id},
        {"kind": "total", "at": 6, "rule_id": rule_id},
        {"kind": "full", "rule_id": rule_id},
    ]
    body = {"name": "七天签到", "days": 7, "rewards": rewards, "replaces": 0}
    assert staff.post(PLANS, body).status_code == 201

    shown = shopper.get(PATH).get_json()
    assert [(one["kind"], one["at"], one["reached"]) for one in shown["rewards"]] == [
        ("full", None, False),
        ("streak", 3, False),
        ("total", 6, False),
    ]
    came = []
    for number in range(1, 9):  # the fifth day is missed; the eighth begins a new cycle
        if number != 5:
            answer = shopper.post(PATH).get_json()
            came.append((answer["streak"], given(answer)))
        if number == 7:
            cycle = shopper.get(PATH).get_json()["cycle"]
            assert (cycle["checked"], cycle["best"]) == (6, 4)
        if number < 8:
            days_pass()
    assert came == [
        *((1, []), (2, []), (3, ["streak 3"]), (4, [])),
        *((1, []), (2, ["total 6"]), (3, [])),
    ]
    assert shopper.get(PATH).get_json()["cycle"]["checked"] == 1
    assert len(shopper.get("/api/v1/coupons").get_json()["items"]) == 2
    check_invariants()


def test_a_missed_day_is_made_up_by_a_card_of_the_streak(http: Http) -> None:
    staff = http.as_(make_staff("reward:write", "checkin:write"))
    shopper = http.as_(make_shopper()[1])
    card = {"name": "补签卡", "reward": [{"kind": "makeup_card"}]}
    rule_id = staff.post(RULES, card).get_json()["id"]
    rewards = [{"kind": "streak", "at": 2, "rule_id": rule_id}]
    body = {"name": "七天签到", "days": 7, "rewards": rewards, "replaces": 0}
    assert staff.post(PLANS, body).status_code == 201
    for missed in (False, False, True, False):  # the third day is missed
        if not missed:
            assert shopper.post(PATH).status_code == 200
        days_pass()
    days = [date.fromisoformat(one["day"]) for one in days_of(shopper)]
    missed_day = days[1] + timedelta(days=1)
    made = shopper.post(f"{PATH}/make-ups", {"day": str(missed_day)})
    assert (made.status_code, made.get_json()["streak"]) == (200, 3)
    state = shopper.get(PATH).get_json()
    assert (state["streak"], state["longest"], state["make_up"]["cards"]) == (4, 4, 0)
    assert [one["made_up"] for one in days_of(shopper)] == [False, False, True, False]
    refused = shopper.post(f"{PATH}/make-ups", {"day": str(days[0] - timedelta(days=1))})
    assert error_code(refused) == "make_up_no_card"
    check_invariants()


def test_a_week_with_one_day_made_up_by_a_card_for_points(http: Http) -> None:
    staff = http.as_(make_staff("reward:write", "checkin:write"))
    shopper = http.as_(make_shopper()[1])
    set_setting(CARD_POINTS, 40)
    rules = [
        staff.post(
            RULES, {"name": f"{count} 积分", "reward": [{"kind": "points", "count": count}]}
        ).get_json()["id"]
        for count in (10, 100)
    ]
    rewards = [{"kind": "daily", "rule_id": rules[0]}, {"kind": "full", "rule_id": rules[1]}]
    body = {"name": "七天签到", "days": 7, "rewards": rewards, "replaces": 0}
    assert staff.post(PLANS, body).status_code == 201
    assert shopper.put(f"{PATH}/reminder", {"hour": 20}).status_code == 204
    for number in range(1, 8):  # the fifth day is missed
        if number != 5:
            assert shopper.post(PATH).status_code == 200
        if number < 7:
            days_pass()
    assert shopper.get("/api/v1/points").get_json()["available"] == 60
    state = shopper.get(PATH).get_json()
    missed = date.fromisoformat(state["today"]) - timedelta(days=2)
    refused = shopper.post(f"{PATH}/make-ups", {"day": str(missed)})
    assert error_code(refused) == "make_up_no_card"
    price = state["make_up"]["card_points"]
    bought = shopper.post(f"{PATH}/cards", {"points": price})
    assert (bought.status_code, bought.get_json()["cards"]) == (200, 1)
    made = shopper.post(f"{PATH}/make-ups", {"day": str(missed)}).get_json()
    assert (made["streak"], given(made)) == (5, ["daily", "full"])
    state = shopper.get(PATH).get_json()
    assert (state["streak"], state["total"], state["cycle"]["checked"]) == (7, 7, 7)
    assert shopper.get("/api/v1/points").get_json()["available"] == 60 - 40 + 10 + 100
    check_invariants()


def days_of(shopper: Http) -> list[dict[str, Any]]:
    """The shopper's days of this month and the one before."""
    today = date.fromisoformat(shopper.get(PATH).get_json()["today"])
    months = (today.replace(day=1) - timedelta(days=1), today)
    return [
        day
        for month in months
        for day in shopper.get(f"{PATH}/calendar", month=f"{month:%Y-%m}").get_json()["days"]
    ]
