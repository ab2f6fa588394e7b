"""Check-ins that race: fifty presses at once, and a press on each side of midnight."""

from __future__ import annotations

import re
from collections import Counter
from copy import copy
from datetime import timedelta
from functools import partial
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db, transaction
from mall.missions.checkin import buying, cards, checking_in, queries
from mall.missions.checkin.checking_in import check_in
from mall.missions.checkin.making_up import make_up
from mall.missions.checkin.planning import make_plan
from mall.missions.checkin.queries import CheckInView, MakeUpView
from mall.missions.checkin.reminding import remind_batch
from mall.missions.checkin.settings import CARD_POINTS, CARDS_PER_MONTH, MAKE_UPS_PER_MONTH
from mall.rewards.commands import create_rule
from mall.rewards.granting import Source, grant
from mall.rewards.schemas import RewardRuleInSchema
from tests.support.coupons import make_rule, make_template
from tests.support.invariants import check_invariants
from tests.support.missions import days_pass, give_cards, plan
from tests.support.points import give
from tests.support.races import slow_writes, together, without, without_row_locks
from tests.support.settings import set_setting, without_quiet_hours
from tests.support.shop_time import other_time, set_time
from tests.support.users import make_shopper
from tests.support.waiting import eventually

PRESSES = 50


def count_of(table: str) -> int:
    with transaction() as session:
        found = session.scalar(text(f"SELECT count(*) FROM {table}"))
    return int(found or 0)


def press_at_once(app: Flask, presses: int) -> list[CheckInView | Exception]:
    """A shopper of yesterday's check-in presses so many times at once."""
    user_id, _ = make_shopper()
    plan(7, ("daily", None, make_rule(make_template(way="reward"))))
    check_in(user_id)
    days_pass()
    return together(app, [partial(check_in, user_id)] * presses)


def test_fifty_presses_give_one_check_in(app: Flask) -> None:
    found = press_at_once(app, PRESSES)
    assert all(one == found[0] for one in found), found
    assert isinstance(found[0], CheckInView)
    assert found[0].streak == 2
    assert (count_of("check_ins"), count_of("coupons")) == (2, 2), "yesterday's, and one"
    check_invariants()


def test_fifty_first_presses_give_one_check_in(app: Flask) -> None:
    user_id, _ = make_shopper()
    plan(7, ("daily", None, make_rule(make_template(way="reward"))))
    found = together(app, [partial(check_in, user_id)] * PRESSES)
    assert all(one == found[0] and isinstance(one, CheckInView) for one in found), found
    assert (count_of("check_ins"), count_of("coupons")) == (1, 1)
    check_invariants()


def test_control_without_the_condition_and_the_key_each_press_counts(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless = copy(checking_in._MARK)
    careless.sql = careless.sql.replace("WHERE s.last_day < excluded.last_day", "")
    monkeypatch.setattr(checking_in, "_MARK", careless)
    drop = "ALTER TABLE check_ins DROP CONSTRAINT pk_check_ins"
    restore = "ALTER TABLE check_ins ADD CONSTRAINT pk_check_ins PRIMARY KEY (user_id, day)"
    with without(drop, restore, table="check_ins"):
        press_at_once(app, 4)
        assert count_of("check_ins") > 2
        db.session.rollback()


def test_two_days_at_once_are_two_days_of_one_streak(app: Flask) -> None:
    """A press of yesterday that is still open when today's comes: today's counts from it."""
    user_id, _ = make_shopper()
    plan(7)
    check_in(user_id)
    days_pass()
    with slow_writes("check_ins", of="INSERT", seconds=0.3):
        found = together(app, [partial(check_in, user_id), partial(late_press, user_id)])
    assert [one.streak for one in found if isinstance(one, CheckInView)] == [2, 3]
    check_invariants()


def late_press(user_id: int) -> CheckInView:
    """The press of the day after, a moment after the other one."""
    later = text("SET LOCAL search_path TO tomorrow, pg_catalog, public")
    make = """
        CREATE SCHEMA tomorrow;
        CREATE FUNCTION tomorrow.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
            AS 'SELECT pg_catalog.clock_timestamp() + interval ''1 day''';
    """
    with transaction() as session:
        session.execute(text(make))
    eventually(_somebody_writes)
    try:
        with transaction() as session:
            session.execute(later)
            return check_in(user_id)
    finally:
        with transaction() as session:
            session.execute(text("DROP SCHEMA tomorrow CASCADE"))


def _somebody_writes() -> bool:
    """Whether the other press has begun and is kept busy by `slow_writes`."""
    with transaction() as session:
        busy = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        return bool(session.scalar(text(busy)))


def test_a_press_that_waits_over_midnight_says_the_day_that_it_was(app: Flask) -> None:
    user_id, _ = make_shopper()
    plan(7)
    with other_time():
        set_time("2026-11-26 23:59:59.9")
        with slow_writes("check_ins", of="INSERT", seconds=0.5):
            found = together(app, [partial(check_in, user_id)] * 3 + [midnight])
        views = [one for one in found if isinstance(one, CheckInView)]
        assert [str(one.day) for one in views] == ["2026-11-26"] * 3, found
        assert str(check_in(user_id).day) == "2026-11-27"


def midnight() -> None:
    """The day ends while presses wait for the first one."""
    eventually(_somebody_writes)
    set_time("2026-11-27 00:00:00")


@pytest.mark.parametrize("savers", [6])
def test_two_who_save_a_plan_at_once(app: Flask, savers: int) -> None:
    save = partial(make_plan, name="签到", days=7, rewards=[], replaces=0)
    found = together(app, [save] * savers)
    refused = [one for one in found if isinstance(one, Exception)]
    assert {type(one).__name__ for one in refused} == {"CheckInPlanChanged"}
    assert (len(refused), count_of("check_in_plans")) == (savers - 1, 1)


# -- make-up --------------------------------------------------------------------------------


def make_up_two_days(app: Flask) -> list[CheckInView | Exception]:
    """Two days at once where the month allows one; the shopper has cards enough."""
    user_id, _ = make_shopper()
    set_setting(MAKE_UPS_PER_MONTH, 1)
    plan(7)
    give_cards(user_id, 5)
    made = check_in(user_id)
    days_pass(4)
    days = [made.day - timedelta(days=back) for back in (1, 3)]
    with slow_writes("check_ins", of="INSERT"):
        return together(app, [partial(make_up, user_id, day) for day in days])


def test_two_days_at_once_and_one_make_up_left(app: Flask) -> None:
    found = make_up_two_days(app)
    assert sorted(type(one).__name__ for one in found) == ["CheckInView", "MakeUpLimit"]
    check_invariants()


def test_control_without_the_lock_both_are_made_up(app: Flask) -> None:
    with without_row_locks("check_in_states"):
        found = make_up_two_days(app)
    assert [type(one).__name__ for one in found] == ["CheckInView"] * 2


def test_one_day_at_once_takes_one_card(app: Flask) -> None:
    user_id, _ = make_shopper()
    plan(7)
    give_cards(user_id, 5)
    day = check_in(user_id).day
    days_pass(2)
    found = together(app, [partial(make_up, user_id, day - timedelta(days=1))] * 8)
    assert all(one == found[0] and isinstance(one, CheckInView) for one in found), found
    with transaction() as session:
        assert cards.left(session, user_id) == 4
    check_invariants()


def test_a_press_and_a_make_up_at_once_are_one_streak(app: Flask) -> None:
    user_id, _ = make_shopper()
    plan(7, ("streak", 3, make_rule(make_template(way="reward"))))
    give_cards(user_id)
    day = check_in(user_id).day
    days_pass(2)
    with slow_writes("check_ins", of="INSERT"):
        together(
            app, [partial(check_in, user_id), partial(make_up, user_id, day - timedelta(days=1))]
        )
    with transaction() as session:
        assert queries.state(session, user_id).streak == 3
    assert count_of("coupons") == 1
    check_invariants()


# -- cards for points, reminders ------------------------------------------------------------


def buy_at_once(app: Flask, buyers: int) -> list[MakeUpView | Exception]:
    """A shopper with points for all buys so many cards at once; the month allows two."""
    user_id, _ = make_shopper()
    set_setting(CARD_POINTS, 50)
    set_setting(CARDS_PER_MONTH, 2)
    give(user_id, 50 * buyers)
    return together(app, [partial(buying.buy_card, user_id, 50)] * buyers)


def test_a_month_allows_two_cards_however_many_are_bought_at_once(app: Flask) -> None:
    found = buy_at_once(app, 8)
    names = Counter(type(one).__name__ for one in found)
    assert names == {"MakeUpView": 2, "MakeUpCardLimit": 6}
    check_invariants()


def test_control_without_the_condition_more_are_bought(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless = copy(buying._COUNT)
    careless.sql = re.sub(r"WHERE m.bought < \S+", "WHERE $3 > 0", careless.sql)
    monkeypatch.setattr(buying, "_COUNT", careless)
    found = buy_at_once(app, 8)
    assert sum(isinstance(one, MakeUpView) for one in found) > 2, found


def test_points_for_one_card_buy_one(app: Flask) -> None:
    user_id, _ = make_shopper()
    set_setting(CARD_POINTS, 50)
    give(user_id, 99)
    found = together(app, [partial(buying.buy_card, user_id, 50)] * 6)
    assert Counter(type(one).__name__ for one in found) == {"MakeUpView": 1, "PointsShort": 5}
    check_invariants()


def reward_and_buy_at_once(app: Flask) -> list[object]:
    """A reward gives cards before points, a purchase takes points before cards."""
    user_id, _ = make_shopper()
    parts = [{"kind": "makeup_card", "count": 1}, {"kind": "points", "count": 5}]
    body = {"name": "礼包", "reward": parts}
    rule_id = create_rule(**RewardRuleInSchema().load(body)).id
    set_setting(CARD_POINTS, 50)
    give(user_id, 50)

    def reward() -> None:
        with transaction() as session:
            grant(session, user_id, Source(rule_id, "gift"))

    with slow_writes("make_up_cards", of="INSERT OR UPDATE"):
        return list(together(app, [reward, partial(buying.buy_card, user_id, 50)]))


def test_a_reward_of_cards_and_points_and_a_purchase_at_once(app: Flask) -> None:
    found = reward_and_buy_at_once(app)
    assert not [one for one in found if isinstance(one, Exception)], found
    check_invariants()


def test_control_without_the_account_first_they_wait_for_each_other(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cards, "accounts", SimpleNamespace(lock=lambda *_: None))
    tries = (reward_and_buy_at_once(app) for _ in range(5))  # on a busy machine one comes late
    assert any("deadlock" in str(one) for found in tries for one in found)


def remind_at_once(app: Flask) -> tuple[list[int | Exception], int]:
    """Some workers at once: how many each looked at, and how many shoppers are to be reminded."""
    plan(7)
    without_quiet_hours()
    shoppers = [make_shopper()[0] for _ in range(6)]
    with transaction() as session:
        session.execute(
            text(
                "INSERT INTO check_in_reminders SELECT id, 0, current_date - 2 FROM users"
                " WHERE id = ANY(:ids)"
            ),
            {"ids": shoppers},
        )
    with slow_writes("check_in_reminders", of="UPDATE", seconds=0.05):
        return together(app, [remind_batch] * 4), len(shoppers)


def test_workers_at_once_remind_each_shopper_once(app: Flask) -> None:
    found, shoppers = remind_at_once(app)
    assert sum(one for one in found if isinstance(one, int)) == shoppers, found
    assert count_of("messages") == shoppers
    check_invariants()


def test_control_without_the_lock_each_worker_looks_at_all(app: Flask) -> None:
    with without_row_locks("check_in_reminders"):
        found, shoppers = remind_at_once(app)
    assert sum(one for one in found if isinstance(one, int)) > shoppers, found
