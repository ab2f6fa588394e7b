"""Pets that race: one portion pressed at twenty times, friends' waterings, places, a stage's reward
by several at once, and portions that go while their stage is rewarded."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text

from mall.games.pets import settling
from mall.games.pets.caring import feed, water_friend
from mall.games.pets.errors import PetNoFeed, PetSeasonFull, PetWateredEnough, PetWateredToday
from mall.games.pets.growing import State
from mall.games.pets.naming import adopt
from mall.games.pets.settling import settle_stage
from mall.kernel.db import transaction
from mall.rewards.commands import take_back
from tests.support.invariants import check_invariants, rows_of
from tests.support.pets import (
    friend_of,
    helped,
    keeper,
    pet_id_of,
    pet_row,
    portions,
    running_season,
    settle_stages,
    stage_grants,
)
from tests.support.points import figures
from tests.support.races import slow_writes, together, without, without_row_locks
from tests.support.users import make_shopper

AT_ONCE = 20
ONCE = "uq_pet_entries_kind_source"
GUARDS = {
    "pet_feeds": {"ck_pet_feeds_left_portions": "CHECK (left_portions >= 0)"},
    "pet_lots": {"ck_pet_lots_portions": "CHECK (used + taken <= portions)"},
    "pet_entries": {ONCE: "UNIQUE (kind, source)"},
}


def written(kind: str) -> int:
    with transaction() as session:
        query = text("SELECT count(*) FROM pet_entries WHERE kind = :kind")
        return int(session.scalar(query, {"kind": kind}) or 0)


def kinds(found: list[State | Exception]) -> Counter[type]:
    return Counter(type(one) for one in found)


def change(what: str, *tables: str) -> str:
    """The SQL that drops or restores the guards of these tables."""
    return ";".join(
        f"ALTER TABLE {table} {what.format(name, rule)}"
        for table in tables
        for name, rule in GUARDS[table].items()
    )


def one_portion(app: Flask) -> list[State | Exception]:
    """One portion is fed by twenty requests at one moment."""
    season_id = running_season()
    user_id = keeper(season_id, 1)
    with slow_writes("pet_entries", of="INSERT"):
        return together(app, [partial(feed, user_id, season_id, 1)] * AT_ONCE)


def test_one_portion_is_fed_once(app: Flask) -> None:
    assert kinds(one_portion(app)) == {State: 1, PetNoFeed: AT_ONCE - 1}
    assert written("feed") == 1
    settle_stages()
    check_invariants()


def test_control_without_locks_and_constraints_one_portion_is_fed_again_and_again(
    app: Flask,
) -> None:
    drop, restore = (
        change(what, *GUARDS) for what in ("DROP CONSTRAINT {0}", "ADD CONSTRAINT {0} {1}")
    )
    with (
        without(drop, restore, table="pet_feeds, pet_lots, pet_entries"),
        without_row_locks("pet_feeds"),
        without_row_locks("pets"),
    ):
        one_portion(app)
        assert written("feed") > 1
        assert rows_of("I81a")
        assert rows_of("I81b")


def test_control_without_locks_the_constraints_refuse(app: Flask) -> None:
    """They stand behind the locks: a portion is never fed twice, but a shopper sees an error."""
    with without_row_locks("pet_feeds"), without_row_locks("pets"):
        found = one_portion(app)
    assert set(kinds(found)) - {State, PetNoFeed}
    assert written("feed") == 1


def one_friend(app: Flask) -> list[State | Exception]:
    """A friend waters by twenty requests at one moment."""
    season_id = running_season(friend_waterings=AT_ONCE)
    friend = friend_of(keeper(season_id), season_id)
    with slow_writes("pet_entries", of="INSERT"):
        return together(app, [partial(water_friend, *friend)] * AT_ONCE)


def test_a_friend_waters_once_a_day(app: Flask) -> None:
    assert kinds(one_friend(app)) == {State: 1, PetWateredToday: AT_ONCE - 1}
    assert written("friend") == 1
    check_invariants()


def test_control_without_lock_and_constraint_a_friend_waters_often(app: Flask) -> None:
    drop, restore = (
        change(what, "pet_entries") for what in ("DROP CONSTRAINT {0}", "ADD CONSTRAINT {0} {1}")
    )
    with without(drop, restore, table="pet_entries"), without_row_locks("pets"):
        one_friend(app)
        assert written("friend") > 1
        assert rows_of("I81c")


def many_friends(app: Flask) -> list[State | Exception]:
    """Twelve friends water a pet at one moment that may have three waterings."""
    season_id = running_season(friend_waterings=3)
    user_id = keeper(season_id)
    friends = [friend_of(user_id, season_id) for _ in range(12)]
    with slow_writes("pet_entries", of="INSERT"):
        return together(app, [partial(water_friend, *one) for one in friends])


def test_friends_water_as_often_as_a_day_allows(app: Flask) -> None:
    assert kinds(many_friends(app)) == {State: 3, PetWateredEnough: 9}
    assert written("friend") == 3
    check_invariants()


def test_control_without_the_pets_lock_friends_water_more_often(app: Flask) -> None:
    with without_row_locks("pets"):
        many_friends(app)
    assert written("friend") > 3
    assert rows_of("I81c")


def test_a_season_has_its_places(app: Flask) -> None:
    season_id = running_season(places=3)
    shoppers = [make_shopper()[0] for _ in range(10)]
    found = together(app, [partial(adopt, one, season_id, "咪咪") for one in shoppers])
    assert Counter(type(one) for one in found if one is not None) == {PetSeasonFull: 7}
    check_invariants()


def test_a_shopper_adopts_one(app: Flask) -> None:
    season_id, (user_id, _) = running_season(), make_shopper()
    names = ("咪咪", "花花") * 5
    assert together(app, [partial(adopt, user_id, season_id, one) for one in names]) == [None] * 10
    assert pet_row(user_id, season_id).name in names
    check_invariants()


def rewarded_by_many(app: Flask) -> int:
    """Two portions, fed at one moment, reach a stage; twenty workers bring its reward."""
    season_id = running_season()
    user_id = keeper(season_id, 2)
    found = together(app, [partial(feed, user_id, season_id, 1)] * 2)
    assert kinds(found) == {State: 2}
    pet_id = pet_id_of(user_id, season_id)
    with slow_writes("reward_grants", of="INSERT"):
        together(app, [partial(settle_stage, pet_id, 1)] * AT_ONCE)
    settle_stages()
    grants = stage_grants(user_id, season_id)
    assert {status for _, status in grants} == {"granted"}
    assert figures(user_id)[0] == 1 + 50 * len(grants)
    return len(grants)


def test_a_stage_that_two_feedings_reach_is_rewarded_once(app: Flask) -> None:
    assert rewarded_by_many(app) == 1
    check_invariants()


def test_control_without_the_ground_and_the_key_it_is_rewarded_often(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "lock_ground", lambda *_: None)
    monkeypatch.setattr(
        settling,
        "event_of",
        lambda pet_id, stage, _: f"pet:{pet_id}:{stage}:{secrets.token_hex(4)}",
    )
    assert rewarded_by_many(app) > 1
    assert rows_of("I81f")


def gone_while_rewarded(app: Flask, *, by_another_worker: bool) -> list[str]:
    """The portions of a stage go while its reward is given by the job of the feeding; what follows
    is done at once by another worker, or later: the rewards' states."""
    season_id = running_season()
    user_id = keeper(season_id)
    grant_id = portions(user_id, season_id, 2)
    feed(user_id, season_id, 2)
    pet_id = pet_id_of(user_id, season_id)

    def goes() -> None:
        time.sleep(0.2)
        take_back(grant_id)
        if by_another_worker:
            settle_stage(pet_id, 1)

    gives = partial(settle_stage, pet_id, 1) if by_another_worker else partial(settle_stages, app)
    calls: list[Callable[[], None]] = [gives, goes]
    with slow_writes("reward_grants", of="INSERT", seconds=0.6):
        assert together(app, calls) == [None, None]
    if not by_another_worker:
        settle_stages(app)
    assert pet_row(user_id, season_id).reached == 0
    return [status for _, status in stage_grants(user_id, season_id)]


@pytest.mark.parametrize("by_another_worker", [True, False])
def test_portions_that_go_meanwhile_take_their_stage_along(
    app: Flask, by_another_worker: bool
) -> None:
    assert gone_while_rewarded(app, by_another_worker=by_another_worker) == ["reversed"]
    settle_stages()
    check_invariants()


def test_control_without_the_ground_the_reward_stays(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "lock_ground", lambda *_: None)
    assert gone_while_rewarded(app, by_another_worker=True) == ["granted"]
    with transaction() as session:
        session.execute(text("UPDATE pets SET changed_at = now() - interval '1 hour'"))
    assert rows_of("I81g")


def test_portions_are_fed_while_they_go(app: Flask) -> None:
    """Whoever is first: nothing of them is left, in the feed or in the pet."""
    season_id = running_season()
    for _ in range(5):
        user_id = keeper(season_id)
        grant_id = portions(user_id, season_id, 2)
        calls: list[Callable[[], object]] = [
            partial(feed, user_id, season_id, 2),
            partial(take_back, grant_id),
        ]
        together(app, calls)
        assert pet_row(user_id, season_id).growth == 0
    settle_stages()
    check_invariants()


def test_friends_and_the_owner_at_once(app: Flask) -> None:
    """What is stored at the end is what all of them did."""
    season_id = running_season(friend_waterings=AT_ONCE)
    user_id = keeper(season_id, 8)
    friends = [friend_of(user_id, season_id) for _ in range(6)]
    calls: list[Callable[[], object]] = [partial(helped, one) for one in friends]
    calls += [partial(feed, user_id, season_id, 1)] * 8
    found: list[object] = [*together(app, calls)]
    assert not [one for one in found if isinstance(one, Exception)]
    assert pet_row(user_id, season_id).growth == 6 * 2 + 8 * 10
    settle_stages()
    check_invariants()
