"""The check-in: its plan, its day, what it gives, what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from mall.kernel.db import transaction
from mall.missions.checkin.checking_in import check_in
from mall.missions.checkin.making_up import make_up
from mall.missions.checkin.settings import CHECK_IN_OPEN
from mall.rewards.commands import change_rule
from mall.staff.models import AuditEntry
from mall.users import erasing
from tests.support.coupons import make_rule, make_template
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.missions import PATH, PLANS, days_pass, give_cards, given, plan
from tests.support.settings import set_setting
from tests.support.shop_time import other_time, set_time
from tests.support.staff import make_staff
from tests.support.statements import sent_statements
from tests.support.users import make_shopper

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def clock(app: Flask) -> Iterator[None]:
    with other_time():
        yield


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("checkin:read", "checkin:write"))


def rule(**more: Any) -> int:
    return make_rule(make_template(way="reward"), **more)


def press(user_id: int, moment: str) -> tuple[str, int, list[str]]:
    """The day, the streak and the rewards of a press at a moment of shop time."""
    set_time(moment)
    made = check_in(user_id)
    return str(made.day), made.streak, given(asdict(made))


# -- the day --------------------------------------------------------------------------------


@pytest.mark.usefixtures("clock")
def test_a_day_ends_at_midnight_of_the_shop() -> None:
    user_id, _ = make_shopper()
    plan(7)
    assert press(user_id, "2026-11-26 23:59:59.9") == ("2026-11-26", 1, [])
    assert press(user_id, "2026-11-26 23:59:59.99") == ("2026-11-26", 1, [])
    assert press(user_id, "2026-11-27 00:00:00.1") == ("2026-11-27", 2, [])
    assert press(user_id, "2026-11-29 00:00:00") == ("2026-11-29", 1, []), "a day was missed"
    check_invariants()


@pytest.mark.usefixtures("clock")
def test_a_month_with_a_leap_day_and_the_month_after() -> None:
    user_id, _ = make_shopper()
    gift = rule()
    plan(None, ("full", None, gift), ("streak", 28, gift), ("total", 2, gift))
    first = date(2028, 2, 1)
    for number in range(28):
        came = press(user_id, f"{first + timedelta(days=number)} 12:00")
    assert came == ("2028-02-28", 28, ["streak 28"])
    assert press(user_id, "2028-02-29 12:00") == ("2028-02-29", 29, ["full"])
    assert press(user_id, "2028-03-01 00:00") == ("2028-03-01", 30, [])
    assert press(user_id, "2028-03-02 00:00") == ("2028-03-02", 31, ["total 2"]), "a new cycle"
    check_invariants()


@pytest.mark.usefixtures("clock")
def test_a_month_begins_after_the_cycle_of_an_older_plan() -> None:
    user_id, _ = make_shopper()
    plan(7)
    press(user_id, "2026-10-28 12:00")
    plan(None, ("total", 1, rule()), replaces=1)
    assert press(user_id, "2026-11-03 12:00") == ("2026-11-03", 1, []), "the week goes on"
    assert press(user_id, "2026-11-04 12:00") == ("2026-11-04", 2, ["total 1"])
    with transaction() as session:
        cycles = session.execute(text("SELECT first_day, last_day FROM check_in_cycles ORDER BY 1"))
        assert [str(day) for row in cycles for day in row] == [
            *("2026-10-28", "2026-11-03"),
            *("2026-11-04", "2026-11-30"),
        ]
    check_invariants()


# -- rewards --------------------------------------------------------------------------------


@pytest.mark.usefixtures("clock")
def test_streaks_count_within_the_cycle_and_give_once() -> None:
    user_id, _ = make_shopper()
    gift = rule()
    plan(7, ("daily", None, gift), ("streak", 2, gift), ("total", 4, gift))
    days = {22: ["daily"], 23: ["daily", "streak 2"], 25: ["daily"], 26: ["daily", "total 4"]}
    for number, expected in days.items():
        assert press(user_id, f"2026-11-{number} 08:00")[2] == expected
    assert press(user_id, "2026-11-28 08:00")[1:] == (1, ["daily"])
    assert press(user_id, "2026-11-29 08:00")[1:] == (2, ["daily"]), "the first day of a cycle"
    assert press(user_id, "2026-11-30 08:00")[1:] == (3, ["daily", "streak 2"])
    check_invariants()


def test_a_plan_and_what_its_rules_gave_stay_with_a_cycle() -> None:
    user_id, _ = make_shopper()
    gift = rule(budget=9)
    version = plan(7, ("daily", None, gift))
    check_in(user_id)
    part = {"kind": "coupon", "what": str(make_template(way="reward")), "count": 5}
    change_rule(
        gift,
        name="换了",
        reward=[part],
        budget=9,
        budget_unit="pieces",
        daily_cap=None,
        budget_returns=True,
        enabled=True,
    )
    plan(3, replaces=version)
    days_pass()
    (one,) = check_in(user_id).rewards
    assert (one["name"], one["reward"][0]["count"]) == ("开业礼", 1)
    check_invariants()


def test_a_refused_reward_does_not_stop_the_check_in() -> None:
    plan(7, ("daily", None, rule(budget=1)), ("streak", 1, rule()))
    (one, _), (two, _) = make_shopper(), make_shopper()
    assert given(asdict(check_in(one))) == ["daily", "streak 1"]
    assert given(asdict(check_in(two))) == ["daily reward_budget_spent", "streak 1"]
    check_invariants()


# -- over HTTP ------------------------------------------------------------------------------


def test_again_says_the_first(http: Http) -> None:
    _, token = make_shopper()
    plan(7, ("daily", None, rule()))
    shopper = http.as_(token)
    first, again = shopper.post(PATH), shopper.post(PATH)
    assert first.status_code == again.status_code == 200
    assert first.get_json() == again.get_json()
    assert given(first.get_json()) == ["daily"]
    assert shopper.get("/api/v1/coupons").get_json()["items"][0]["status"] == "available"
    check_invariants()


def test_state_and_calendar(http: Http) -> None:
    _, token = make_shopper()
    plan(7, ("streak", 1, rule()), ("total", 2, rule()), ("daily", None, rule()))
    shopper = http.as_(token)
    before = shopper.get(PATH).get_json()
    assert (before["open"], before["checked_in"], before["streak"], before["cycle"]) == (
        *(True, False, 0),
        None,
    )
    shopper.post(PATH)
    state = shopper.get(PATH).get_json()
    assert (state["checked_in"], state["streak"], state["longest"], state["total"]) == (
        *(True, 1, 1),
        1,
    )
    assert [(one["kind"], one["reached"]) for one in state["rewards"]] == [
        ("daily", None),
        ("streak", True),
        ("total", False),
    ]
    month = shopper.get(f"{PATH}/calendar").get_json()
    assert month == {
        "month": state["today"][:7],
        "days": [{"day": state["today"], "streak": 1, "made_up": False}],
    }
    other = shopper.get(f"{PATH}/calendar", month="2031-02").get_json()
    assert other == {"month": "2031-02", "days": []}
    for wrong in ("2031-13", "2031-1", "1999-01", "2031-01\n", "٢٠٣١-٠١"):
        assert error_code(shopper.get(f"{PATH}/calendar", month=wrong)) == "validation_failed"
    days_pass(2)
    assert shopper.get(PATH).get_json()["streak"] == 0, "a day was missed"


def test_closed_by_the_owner_or_without_a_plan(http: Http) -> None:
    _, token = make_shopper()
    shopper = http.as_(token)
    assert error_code(shopper.post(PATH)) == "check_in_closed"
    assert shopper.get(PATH).get_json()["open"] is False
    plan(7)
    set_setting(CHECK_IN_OPEN, False)
    assert error_code(shopper.post(PATH)) == "check_in_closed"
    set_setting(CHECK_IN_OPEN, True)
    assert shopper.post(PATH).status_code == 200


# -- staff ----------------------------------------------------------------------------------


def test_plans_are_versions_with_a_trail(staff: Http, http: Http) -> None:
    gift = rule()
    body = {
        "name": "周签到",
        "days": 7,
        "rewards": [{"kind": "streak", "at": 7, "rule_id": str(gift)}],
        "replaces": 0,
    }
    made = staff.post(PLANS, body)
    assert (made.status_code, made.get_json()["version"]) == (201, 1)
    assert made.get_json()["rewards"][0]["reward"][0]["kind"] == "coupon"
    stale = staff.post(PLANS, body)
    assert (stale.status_code, error_code(stale)) == (409, "check_in_plan_changed")
    ahead = staff.post(PLANS, {**body, "replaces": 5})
    assert error_code(ahead) == "check_in_plan_changed"
    unknown = staff.post(
        PLANS, {**body, "replaces": 1, "rewards": [{"kind": "daily", "rule_id": "987654321"}]}
    )
    assert (unknown.status_code, error_code(unknown)) == (422, "check_in_rule_unknown")
    assert staff.post(PLANS, {**body, "days": None, "replaces": 1}).status_code == 201
    assert [one["version"] for one in staff.get(PLANS).get_json()["items"]] == [2, 1]
    assert staff.get(f"{PLANS}/1").get_json()["days"] == 7
    assert error_code(staff.get(f"{PLANS}/9")) == "check_in_plan_not_found"
    with transaction() as session:
        trail = select(AuditEntry.target_id).where(AuditEntry.action == "check_in_plan.create")
        assert sorted(session.scalars(trail)) == ["1", "2"]
    reader = http.as_(make_staff("checkin:read"))
    assert reader.post(PLANS, {**body, "replaces": 2}).status_code == 403


@pytest.mark.parametrize(
    "change",
    [
        {"days": 3, "rewards": [{"kind": "streak", "at": 4, "rule_id": "1"}]},
        {"days": None, "rewards": [{"kind": "total", "at": 29, "rule_id": "1"}]},
        {"rewards": [{"kind": "streak", "rule_id": "1"}]},
        {"rewards": [{"kind": "daily", "at": 2, "rule_id": "1"}]},
        {"rewards": [{"kind": "daily", "rule_id": "1"}] * 2},
    ],
)
def test_rewards_that_nobody_could_reach_are_refused(staff: Http, change: dict[str, Any]) -> None:
    body = {"name": "周签到", "days": 7, "rewards": [], "replaces": 0, **change}
    assert error_code(staff.post(PLANS, body)) == "validation_failed"


def test_staff_read_a_shoppers_days(staff: Http) -> None:
    user_id, _ = make_shopper()
    plan(7)
    for _ in range(3):
        check_in(user_id)
        days_pass()
    path, query = "/admin/api/v1/check-ins", {"user_id": str(user_id), "limit": 2}
    page = staff.get(path, **query).get_json()
    rest = staff.get(path, **query, cursor=page["next_cursor"]).get_json()
    assert [one["streak"] for one in page["items"] + rest["items"]] == [3, 2, 1]
    for ordinal in ("Wy05XQ", "WzkyMjMzNzIwMzY4NTQ3NzU4MDdd"):  # [-9], [2**63 - 1]
        assert staff.get(path, **query, cursor=ordinal).status_code == 200


# -- closing the account, and the cost ------------------------------------------------------


def test_a_closed_account_leaves_no_days() -> None:
    user_id, _ = make_shopper()
    plan(7)
    check_in(user_id)
    give_cards(user_id)
    erasing.erase_at_once(user_id)
    with transaction() as session:
        for table in ("check_ins", "check_in_states", "check_in_cycles", "make_up_cards"):
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0
    check_invariants()


def long_history(user_id: int, days: int, *, ago: int = 1) -> None:
    """A shopper who checked in on each of `days` days until `ago` days ago, in a long cycle."""
    values = {"u": user_id, "n": days, "ago": ago}
    today = "CAST(timezone('Asia/Shanghai', clock_timestamp()) AS date)"
    with transaction() as session:
        session.execute(
            text(
                "INSERT INTO check_in_cycles"
                " (user_id, plan_version, first_day, last_day, checked, best)"
                f" VALUES (:u, 1, {today} - :ago - :n + 1, {today} + 5, :n, :n)"
            ),
            values,
        )
        session.execute(
            text(
                "INSERT INTO check_ins (user_id, day, streak, cycle_id)"
                f" SELECT :u, {today} - :ago - :n + i, i, (SELECT max(id) FROM check_in_cycles)"
                " FROM generate_series(1, :n) AS i"
            ),
            values,
        )
        session.execute(
            text(f"INSERT INTO check_in_states VALUES (:u, {today} - :ago, :n, :n, :n)"), values
        )


def test_a_streak_of_a_thousand_days_costs_the_same() -> None:
    gift = rule()
    plan(1_000, ("streak", 2, gift), ("streak", 1_000, gift))
    cost: dict[int, int] = {}
    # The cheaper of each: which missions there are is read anew every now and then.
    for days in (1, 1, 999, 999, 1, 999):
        user_id, _ = make_shopper()
        long_history(user_id, days)
        with sent_statements() as statements:
            made = check_in(user_id)
        cost[days] = min(cost.get(days, len(statements)), len(statements))
        assert (made.streak, given(asdict(made))) == (days + 1, [f"streak {days + 1}"])
    assert cost[1] == cost[999]
    check_invariants()


def test_a_made_up_day_after_a_thousand_days_costs_the_same() -> None:
    plan(1_000, ("streak", 1_000, rule()))
    cost = {}
    for days in (1, 999):
        user_id, _ = make_shopper()
        give_cards(user_id)
        long_history(user_id, days, ago=2)
        today = check_in(user_id).day
        with sent_statements() as statements:
            made = make_up(user_id, today - timedelta(days=1))
        cost[days] = len(statements)
        assert made.streak == days + 1
        assert check_in(user_id).streak == days + 2
    assert cost[1] <= cost[999] <= cost[1] + 12, "one more: the reward of a thousand days"
    check_invariants()
