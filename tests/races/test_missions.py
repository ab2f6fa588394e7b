"""Missions that race: the last budget, a claim twice, a code's last place, facts at once."""

from __future__ import annotations

from copy import copy
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from mall.kernel.events import publish
from mall.missions.board import codes
from mall.missions.board.claiming import claim
from mall.missions.board.counting import count_fact
from mall.missions.board.listing import MissionView
from mall.missions.board.locking import lock_missions_of
from mall.missions.board.triggers import TRIGGERS, Fact
from mall.missions.checkin.checking_in import check_in
from mall.rewards import budget, granting
from mall.users.events import ProfileChanged
from tests.support.board import code_for, gift, mission, missions_hold, seen, without_lock, work
from tests.support.missions import plan
from tests.support.races import slow_writes, together, without
from tests.support.users import make_shopper

MANY, LAST = 8, 3
CHECK_IN = {"trigger": "check_in", "measure": "days", "period": "once"}


def names(found: list[MissionView | Exception]) -> list[str]:
    """How each ended: the state that it said, or the error."""
    return sorted(type(one).__name__ if isinstance(one, Exception) else one.state for one in found)


def count_of(table: str) -> int:
    with transaction() as session:
        return int(session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


def completed(app: Flask, shoppers: int, **more: object) -> tuple[int, list[int]]:
    """A mission that so many shoppers have completed, and they."""
    wanted = mission(**CHECK_IN, **more)
    users = [make_shopper()[0] for _ in range(shoppers)]
    plan(7)
    for user_id in users:
        check_in(user_id)
    work(app)
    return wanted, users


# -- the last budget -------------------------------------------------------------------------


def claim_the_last(app: Flask) -> list[MissionView | Exception]:
    """More shoppers claim at once than the reward's budget has."""
    wanted, users = completed(app, MANY, rule_ids=[str(gift(budget=LAST))])
    with slow_writes("reward_grants", of="INSERT", seconds=0.05):
        return together(app, [partial(claim, user_id, wanted) for user_id in users])


def test_many_claims_for_the_last_budget(app: Flask) -> None:
    found = claim_the_last(app)
    assert names(found) == ["RewardBudgetSpent"] * (MANY - LAST) + ["rewarded"] * LAST
    assert count_of("coupons") == LAST
    missions_hold()


def test_control_without_the_budget_all_are_given(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "use", lambda *_: None)
    assert names(claim_the_last(app)) == ["rewarded"] * MANY


# -- a claim twice ---------------------------------------------------------------------------


def claim_many_times(app: Flask) -> list[MissionView | Exception]:
    wanted, (user_id,) = completed(app, 1)
    with slow_writes("reward_grants", of="INSERT", seconds=0.1):
        return together(app, [partial(claim, user_id, wanted)] * MANY)


def test_a_claim_many_times_gives_once(app: Flask) -> None:
    assert names(claim_many_times(app)) == ["rewarded"] * MANY
    assert count_of("coupons") == 1
    missions_hold()


def test_control_without_the_lock_and_the_key_a_claim_gives_again(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_lock(monkeypatch)
    key = "uq_reward_grants_rule_event_user"
    drop = f"ALTER TABLE reward_grants DROP CONSTRAINT {key}"
    restore = f"ALTER TABLE reward_grants ADD CONSTRAINT {key} UNIQUE (rule_id, event, user_id)"
    make = copy(granting._MAKE)
    make.sql = make.sql.replace(f"ON CONFLICT ON CONSTRAINT {key} DO NOTHING", "")
    monkeypatch.setattr(granting, "_MAKE", make)
    with without(drop, restore, table="reward_grants"):
        claim_many_times(app)
        assert count_of("coupons") > 1


# -- a code's last place ---------------------------------------------------------------------


def unlock_the_last(app: Flask) -> list[MissionView | Exception]:
    """More shoppers use a code at once than it has places."""
    code = code_for(mission(hidden=True, period="once"), places=LAST).code
    users = [make_shopper()[0] for _ in range(MANY)]
    with slow_writes("mission_codes", of="UPDATE", seconds=0.05):
        return together(app, [partial(codes.unlock, user_id, code) for user_id in users])


def test_the_last_places_of_a_code(app: Flask) -> None:
    found = unlock_the_last(app)
    assert names(found) == ["MissionCodeUsedUp"] * (MANY - LAST) + ["open"] * LAST
    assert count_of("mission_unlocks") == LAST
    missions_hold()


def test_control_with_places_that_are_read_first_too_many_come(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes, "_take_place", look_then_take)
    assert names(unlock_the_last(app)).count("open") > LAST


def look_then_take(session: codes.Session, code_id: int) -> None:
    """For the control: the places are read, and then what was read and one more is written."""
    row = session.execute(
        text("SELECT used, places FROM mission_codes WHERE id = :id"), {"id": code_id}
    ).one()
    if row.used >= row.places:
        raise codes.MissionCodeUsedUp
    session.execute(
        text("UPDATE mission_codes SET used = :used WHERE id = :id"),
        {"used": row.used + 1, "id": code_id},
    )


def test_one_shopper_takes_one_place(app: Flask) -> None:
    code = code_for(mission(hidden=True, period="once"), places=LAST).code
    user_id, _ = make_shopper()
    with slow_writes("mission_unlocks", of="INSERT", seconds=0.1):
        found = together(app, [partial(codes.unlock, user_id, code)] * MANY)
    assert names(found) == ["open"] * MANY
    assert count_of("mission_unlocks") == 1
    missions_hold()


# -- facts at once ---------------------------------------------------------------------------


def count_at_once(app: Flask, keys: list[str]) -> tuple[int, int]:
    """Facts of one shopper are counted at once: what the progress says, and how many facts."""
    user_id, _ = make_shopper()
    wanted = mission(trigger="invite", period="once", target=99)
    with slow_writes("mission_facts", of="INSERT", seconds=0.1):
        found = together(app, [partial(count_one, user_id, key) for key in keys])
    assert [one for one in found if isinstance(one, Exception)] == []
    return seen(user_id, wanted).counted, count_of("mission_facts")


def count_one(user_id: int, key: str) -> None:
    with transaction() as session:
        missions = lock_missions_of(session, user_id)
        at = session.scalar(text("SELECT clock_timestamp()"))
        count_fact(session, user_id, TRIGGERS["invite"], missions, Fact(key, at))


def test_facts_at_once_are_all_counted_and_each_once(app: Flask) -> None:
    keys = [f"shopper:{number}" for number in range(MANY)]
    assert count_at_once(app, [*keys, *keys]) == (MANY, MANY)
    missions_hold()


def test_control_without_the_lock_facts_are_lost(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_lock(monkeypatch)
    with pytest.raises(AssertionError):
        assert count_at_once(app, ["shopper:1"] * MANY) == (1, 1)


def test_a_profile_that_is_heard_of_and_claimed_at_once(app: Flask) -> None:
    user_id, _ = make_shopper(nickname="小明", phone="+8613800138000")
    wanted = mission(trigger="profile_completed", period="once", at_once=True)
    with transaction() as session:
        session.execute(text("UPDATE users SET avatar_url = 'https://a.example/a.png'"))
        publish(session, ProfileChanged(user_id))
    with slow_writes("mission_progress", of="INSERT", seconds=0.1):
        together(app, [partial(claim, user_id, wanted)] * 3 + [partial(work_one, app)])
    work(app)
    assert count_of("coupons") == 1
    missions_hold()


def work_one(app: Flask) -> None:
    work(app)
