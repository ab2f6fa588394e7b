"""Make-up: cards, streaks that are joined, rewards of the way, bounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date

import pytest
from flask import Flask

from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.missions.checkin import cards, queries
from mall.missions.checkin.checking_in import check_in
from mall.missions.checkin.making_up import make_up
from mall.missions.checkin.settings import MAKE_UP_DAYS, MAKE_UPS_PER_MONTH
from mall.rewards.reversing import reverse
from tests.support.coupons import make_rule, make_template
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.missions import PATH, card_rule, days_pass, give_cards, given, plan
from tests.support.settings import set_setting
from tests.support.shop_time import other_time, set_time
from tests.support.staff import make_staff
from tests.support.users import make_shopper

MAKE_UPS = f"{PATH}/make-ups"


@pytest.fixture(autouse=True)
def clock(app: Flask) -> Iterator[None]:
    with other_time():
        yield


def rule() -> int:
    return make_rule(make_template(way="reward"))


def shopper_with_cards(count: int = 5) -> int:
    set_time("2026-11-01 08:00")
    user_id, _ = make_shopper()
    give_cards(user_id, count)
    return user_id


def press(user_id: int, *days: str) -> list[str]:
    """Check in on these days; what the last one gave."""
    for day in days:
        set_time(f"{day} 12:00")
        made = check_in(user_id)
    return given(asdict(made))


def mend(user_id: int, day: str) -> tuple[int, list[str]]:
    """The streak that ends with a day that is made up, and what it gave."""
    made = make_up(user_id, date.fromisoformat(day))
    assert made.made_up
    return made.streak, given(asdict(made))


def refusal(user_id: int, day: str) -> str:
    with pytest.raises(MallError) as refused:
        make_up(user_id, date.fromisoformat(day))
    return refused.value.code


def streaks(user_id: int) -> tuple[int, int, int]:
    """The present streak, the longest and all days."""
    with transaction() as session:
        state = queries.state(session, user_id)
    return state.streak, state.longest, state.total


def cards_of(user_id: int) -> int:
    with transaction() as session:
        return cards.left(session, user_id)


def test_two_streaks_become_one_and_rewards_of_the_way_are_given_once() -> None:
    user_id, gift = shopper_with_cards(2), rule()
    plan(
        7,
        *(("streak", at, gift) for at in (2, 3, 4, 5)),
        ("total", 5, gift),
        ("daily", None, gift),
    )
    press(user_id, "2026-11-02", "2026-11-03")
    assert press(user_id, "2026-11-05", "2026-11-06") == ["daily"], "a streak of 2 was rewarded"
    assert mend(user_id, "2026-11-04") == (
        3,
        ["daily", "streak 3", "streak 4", "streak 5", "total 5"],
    )
    assert streaks(user_id) == (5, 5, 5)
    assert cards_of(user_id) == 1
    assert make_up(user_id, date(2026, 11, 4)).streak == 3, "said again"
    assert (cards_of(user_id), streaks(user_id)) == (1, (5, 5, 5))
    assert press(user_id, "2026-11-07") == ["daily"]
    check_invariants()


def test_yesterday_is_made_up_before_and_after_todays_check_in() -> None:
    user_id = shopper_with_cards(2)
    plan(7)
    press(user_id, "2026-11-02")
    set_time("2026-11-04 09:00")
    assert streaks(user_id)[0] == 0
    assert mend(user_id, "2026-11-03") == (2, [])
    assert streaks(user_id) == (2, 2, 2)
    press(user_id, "2026-11-04", "2026-11-06")
    assert streaks(user_id)[0] == 1
    assert mend(user_id, "2026-11-05") == (4, [])
    assert streaks(user_id) == (5, 5, 5)
    check_invariants()


def test_an_old_streak_that_grows_is_not_the_present_one() -> None:
    user_id = shopper_with_cards(2)
    plan(7)
    press(user_id, "2026-11-02", "2026-11-04", "2026-11-07")
    mend(user_id, "2026-11-03")
    assert streaks(user_id) == (1, 3, 4)
    check_invariants()


def test_over_a_months_end() -> None:
    """A cycle that is over gets its day and its rewards; the new one begins on its own day."""
    set_time("2026-10-29 08:00")
    user_id, gift = shopper_with_cards(2), rule()
    plan(None, ("streak", 3, gift), ("total", 3, gift))
    press(user_id, "2026-10-29", "2026-10-30", "2026-11-01")
    assert mend(user_id, "2026-10-31") == (3, ["streak 3", "total 3"])
    assert streaks(user_id) == (4, 4, 4)
    assert press(user_id, "2026-11-02") == []
    assert press(user_id, "2026-11-03") == ["streak 3", "total 3"]
    check_invariants()


def test_a_leap_day_is_made_up() -> None:
    set_time("2028-02-27 08:00")
    user_id, _ = make_shopper()
    give_cards(user_id)
    plan(None, ("full", None, rule()))
    press(user_id, "2028-02-28", "2028-03-01")
    assert mend(user_id, "2028-02-29") == (2, [])
    assert streaks(user_id) == (3, 3, 3)
    check_invariants()


def test_a_day_between_two_cycles_counts_for_the_streak_only() -> None:
    user_id = shopper_with_cards(2)
    plan(2, ("total", 2, rule()))
    press(user_id, "2026-11-02", "2026-11-05")
    assert mend(user_id, "2026-11-04") == (1, [])
    assert streaks(user_id) == (2, 2, 3)
    assert mend(user_id, "2026-11-03") == (2, ["total 2"])
    assert streaks(user_id) == (4, 4, 4)
    check_invariants()


def test_bounds() -> None:
    user_id = shopper_with_cards(2)
    plan(7)
    assert refusal(user_id, "2026-11-01") == "make_up_nothing_yet"
    press(user_id, "2026-11-20")
    for day in ("2026-11-21", "2026-11-12", "0001-01-01", "9999-12-31"):
        assert refusal(user_id, day) == "make_up_too_far"
    set_setting(MAKE_UP_DAYS, 1)
    assert refusal(user_id, "2026-11-18") == "make_up_too_far"
    set_setting(MAKE_UP_DAYS, 7)
    set_setting(MAKE_UPS_PER_MONTH, 0)
    assert refusal(user_id, "2026-11-19") == "make_up_limit"
    set_setting(MAKE_UPS_PER_MONTH, 31)
    for day in ("2026-11-13", "2026-11-19"):
        mend(user_id, day)
    assert refusal(user_id, "2026-11-18") == "make_up_no_card"
    assert streaks(user_id) == (2, 2, 3), "nothing of a refused one stays"
    check_invariants()


def test_a_card_that_a_day_gives_does_not_pay_for_it() -> None:
    set_time("2026-11-01 08:00")
    user_id, _ = make_shopper()
    plan(3, ("full", None, card_rule()))
    press(user_id, "2026-11-02", "2026-11-04")
    assert refusal(user_id, "2026-11-03") == "make_up_no_card"
    give_cards(user_id)
    assert mend(user_id, "2026-11-03") == (2, ["full"])
    assert cards_of(user_id) == 1, "the one that it gave"
    check_invariants()


def test_the_limit_is_a_month_of_the_shop() -> None:
    user_id = shopper_with_cards()
    set_setting(MAKE_UPS_PER_MONTH, 1)
    plan(7)
    press(user_id, "2026-11-20", "2026-11-30")
    set_time("2026-11-30 23:59:59.9")
    mend(user_id, "2026-11-29")
    assert refusal(user_id, "2026-11-28") == "make_up_limit"
    set_time("2026-12-01 00:00:00")
    mend(user_id, "2026-11-28")
    check_invariants()


def test_cards_that_are_used_are_owed() -> None:
    user_id, _ = make_shopper()
    set_time("2026-11-01 08:00")
    grant_id = give_cards(user_id, 3)
    plan(7)
    press(user_id, "2026-11-02", "2026-11-04")
    mend(user_id, "2026-11-03")
    with transaction() as session:
        back = reverse(session, grant_id, cause="test")
    assert back is not None
    assert [(part.taken, part.debt) for part in back.parts] == [(2, 1)]
    assert cards_of(user_id) == 0
    check_invariants()


def test_over_http(http: Http) -> None:
    user_id, token = make_shopper()
    shopper = http.as_(token)
    with transaction() as session:
        day = queries.today(session)
    assert error_code(shopper.post(MAKE_UPS, {"day": str(day)})) == "make_up_nothing_yet"
    give_cards(user_id)
    plan(7)
    shopper.post(PATH)
    days_pass(2)
    shown = shopper.get(PATH).get_json()["make_up"]
    assert (shown["cards"], shown["left_this_month"]) == (1, 3)
    yesterday = day.fromordinal(day.toordinal() - 1)
    made = shopper.post(MAKE_UPS, {"day": str(yesterday)})
    assert (made.status_code, made.get_json()["made_up"]) == (200, True)
    again = shopper.post(MAKE_UPS, {"day": str(yesterday)})
    assert again.get_json() == made.get_json()
    shown = shopper.get(PATH).get_json()["make_up"]
    assert (shown["cards"], shown["left_this_month"]) == (0, 2)
    assert shopper.post(PATH).get_json()["streak"] == 3
    check_invariants()


def test_a_rule_gives_plain_cards_only(http: Http) -> None:
    staff = http.as_(make_staff("reward:write"))
    for part in ({"what": "1"}, {"count": 32}):
        body = {"name": "补签卡", "reward": [{"kind": "makeup_card", **part}]}
        refused = staff.post("/admin/api/v1/reward-rules", body)
        assert error_code(refused) == "reward_unknown"
