"""Feed, care, friends, stages and their rewards, over the commands."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text

from mall.games.pets import queries
from mall.games.pets.admin_schemas import PetSeasonInSchema
from mall.games.pets.caring import feed, water, water_friend
from mall.games.pets.composing import change_published
from mall.games.pets.errors import (
    PetFedEnough,
    PetNoFeed,
    PetNoHelp,
    PetNotFound,
    PetNotOpened,
    PetOwn,
    PetSeasonFull,
    PetSeasonOver,
    PetSeasonPaused,
    PetWateredEnough,
    PetWateredToday,
)
from mall.games.pets.naming import adopt
from mall.games.pets.refreshing import refresh_all
from mall.games.pets.running import end, pause
from mall.games.pets.settling import OWED, give_all_refused
from mall.kernel.db import db, transaction
from mall.kernel.errors import MallError
from mall.rewards.commands import change_rule, take_back
from mall.rewards.granting import Source, grant
from mall.rewards.schemas import RewardRuleInSchema
from mall.sharing.shares.opening import share_page
from tests.support.invariants import check_invariants
from tests.support.pets import (
    Friend,
    coupon_rule,
    fed,
    feed_rule,
    finish_season,
    friend_of,
    helped,
    keeper,
    pet_id_of,
    pet_row,
    points_rule,
    portions,
    running_season,
    season_days_pass,
    season_terms,
    settle_stages,
    stage,
    stage_grants,
)
from tests.support.points import figures
from tests.support.users import make_shopper

pytestmark = pytest.mark.usefixtures("app")


def left(user_id: int, season_id: int) -> int:
    with transaction() as session:
        return int(queries.own_pet(session, season_id, user_id)["feed_left"])


def shown(user_id: int, season_id: int) -> tuple[int, int, int]:
    """Growth, stage and the highest stage, as the shopper sees them; what is stored is the same."""
    with transaction() as session:
        one = queries.own_pet(session, season_id, user_id)
    return one["growth"], one["stage"], one["reached"]


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(MallError) as error:
        call()
    return error.value.code


def test_feeding_uses_the_oldest_portions() -> None:
    season_id = running_season()
    user_id = keeper(season_id)
    first, second = portions(user_id, season_id, 2), portions(user_id, season_id, 2)
    feed(user_id, season_id, 3)
    assert (left(user_id, season_id), shown(user_id, season_id)) == (1, (30, 1, 1))
    take_back(second)
    assert (left(user_id, season_id), shown(user_id, season_id)) == (0, (20, 1, 1))
    take_back(first)
    assert (left(user_id, season_id), shown(user_id, season_id)) == (0, (0, 0, 0))
    settle_stages()
    check_invariants()


def test_what_feeding_refuses() -> None:
    season_id = running_season(daily_portions=3)
    nobody, _ = make_shopper()
    portions(nobody, season_id)
    with pytest.raises(PetNotFound):
        feed(nobody, season_id, 1)
    user_id = keeper(season_id, 5)
    with pytest.raises(PetNoFeed):
        feed(user_id, season_id, 6)
    feed(user_id, season_id, 2)
    with pytest.raises(PetFedEnough):
        feed(user_id, season_id, 2)
    feed(user_id, season_id, 1)
    season_days_pass()
    feed(user_id, season_id, 2)
    check_invariants()


def test_care_is_once_a_day_and_stops_decay() -> None:
    season_id = running_season()
    user_id = keeper(season_id)
    fed(user_id, season_id, 3)
    with pytest.raises(PetWateredToday):
        for _ in range(2):
            water(user_id, season_id)
    assert shown(user_id, season_id) == (35, 1, 1)
    season_days_pass(4)
    assert shown(user_id, season_id) == (29, 1, 1), "two of three days without care cost 3 each"
    water(user_id, season_id)
    assert shown(user_id, season_id) == (34, 1, 1)
    season_days_pass(2)
    assert shown(user_id, season_id) == (34, 1, 1)
    settle_stages()
    check_invariants()


def test_friends_water_each_once_a_day_and_get_nothing() -> None:
    season_id = running_season()
    user_id = keeper(season_id)
    friends = [friend_of(user_id, season_id) for _ in range(4)]
    for one in friends[:3]:
        helped(one)
    with pytest.raises(PetWateredToday):
        helped(friends[0])
    with pytest.raises(PetWateredEnough):
        helped(friends[3])
    season_days_pass()
    helped(friends[3])
    helped(friends[0])
    assert shown(user_id, season_id)[0] == 10
    settle_stages()
    assert [figures(one.user_id)[0] for one in friends] == [0, 0, 0, 0]
    check_invariants()


def test_who_is_no_friend() -> None:
    season_id, alone = running_season(), running_season(friend_growth=0, friend_waterings=0)
    user_id = keeper(season_id)
    friend = friend_of(user_id, season_id)
    stranger, _ = make_shopper()
    with pytest.raises(PetNotOpened):
        water_friend(stranger, friend.token)
    with pytest.raises(PetOwn):
        water_friend(user_id, friend.token)
    by_another = share_page(stranger, "pet", pet_id_of(user_id, season_id)).token
    with pytest.raises(PetNotOpened):
        helped(Friend(friend.user_id, by_another))
    lonely = keeper(alone)
    with pytest.raises(PetNoHelp):
        helped(friend_of(lonely, alone))


def test_places_pause_and_end() -> None:
    season_id = running_season(places=1)
    user_id = keeper(season_id, 2)
    with pytest.raises(PetSeasonFull):
        keeper(season_id)
    adopt(user_id, season_id, "花花")
    assert pet_row(user_id, season_id).name == "花花"
    pause(season_id, True)
    with pytest.raises(PetSeasonPaused):
        water(user_id, season_id)
    pause(season_id, False)
    rule_id = feed_rule(season_id)
    end(season_id, "供应商倒闭")
    with pytest.raises(PetSeasonOver):
        feed(user_id, season_id, 1)
    with pytest.raises(PetSeasonOver), transaction() as session:
        grant(session, user_id, Source(rule_id, "late"))
    assert refused(lambda: feed_rule(season_id)) == "reward_unknown"
    check_invariants()


def test_a_pause_lets_nothing_decay() -> None:
    season_id = running_season(grace_days=0)
    user_id = keeper(season_id)
    fed(user_id, season_id, 4)
    season_days_pass()
    pause(season_id, True)
    season_days_pass(5)
    pause(season_id, False)
    assert shown(user_id, season_id)[0] == 40
    season_days_pass(2)
    assert shown(user_id, season_id)[0] == 37


def test_stages_are_rewarded_once_and_lost_with_their_portions() -> None:
    season_id = running_season()
    user_id = keeper(season_id)
    lot = portions(user_id, season_id, 6)
    feed(user_id, season_id, 2)
    settle_stages()
    feed(user_id, season_id, 4)
    settle_stages()
    assert stage_grants(user_id, season_id) == [("#1", "granted"), ("#2", "granted")]
    assert figures(user_id)[0] == 1 + 50 + 100
    take_back(lot)
    settle_stages()
    assert stage_grants(user_id, season_id) == [("#1", "reversed"), ("#2", "reversed")]
    assert figures(user_id)[0] == 0
    fed(user_id, season_id, 2)
    settle_stages()
    assert stage_grants(user_id, season_id)[2:] == [("#1:again:2", "granted")]
    assert figures(user_id)[0] == 1 + 50
    check_invariants()


def test_a_coupon_that_was_used_isn_t_given_twice() -> None:
    stages = [stage("幼崽", 0), stage("小猫", 20, coupon_rule())]
    season_id = running_season(stages=stages)
    user_id = keeper(season_id)
    lot = portions(user_id, season_id, 2)
    feed(user_id, season_id, 2)
    settle_stages()
    with transaction() as session:
        session.execute(text("UPDATE coupons SET status = 'redeemed', used_at = now()"))
    take_back(lot)
    settle_stages()
    fed(user_id, season_id, 2)
    settle_stages()
    assert stage_grants(user_id, season_id) == [("#1", "reversed")]
    assert refusal_of(user_id, season_id) == OWED
    assert give_all_refused() == 0


def refusal_of(user_id: int, season_id: int) -> str | None:
    query = text("SELECT refusal FROM pet_stages WHERE pet_id = :id AND stage = 1")
    with transaction() as session:
        found: str | None = session.scalar(query, {"id": pet_id_of(user_id, season_id)})
    return found


def test_what_staff_took_back_isn_t_given_anew() -> None:
    season_id = running_season()
    user_id = keeper(season_id)
    fed(user_id, season_id, 2)
    settle_stages()
    with transaction() as session:
        found = "SELECT id FROM reward_grants WHERE ground LIKE 'pet:%'"
        grant_id = session.scalars(text(found)).one()
    take_back(grant_id)
    fed(user_id, season_id, 1)
    settle_stages()
    assert stage_grants(user_id, season_id) == [("#1", "reversed")]


def test_a_refused_reward_is_tried_again() -> None:
    rule_id = points_rule(50)
    season_id = running_season(stages=[stage("幼崽", 0), stage("小猫", 20, rule_id)])
    user_id = keeper(season_id)
    body = {"name": "暂停", "reward": [{"kind": "points", "count": 50}]}
    change_rule(rule_id, **RewardRuleInSchema().load({**body, "enabled": False}))
    fed(user_id, season_id, 2)
    settle_stages()
    assert (refusal_of(user_id, season_id), stage_grants(user_id, season_id)) == (
        "reward_rule_paused",
        [],
    )
    change_rule(rule_id, **RewardRuleInSchema().load(body))
    assert give_all_refused() == 1
    assert (refusal_of(user_id, season_id), figures(user_id)[0]) == (None, 51)
    check_invariants()


def test_better_rules_judge_what_was_done() -> None:
    stages = [stage("幼崽", 0), stage("小猫", 20, points_rule(50))]
    season_id = running_season(stages=stages)
    user_id = keeper(season_id)
    fed(user_id, season_id, 1)
    assert shown(user_id, season_id) == (10, 0, 0)
    with transaction() as session:
        rules = session.scalars(text("SELECT rules FROM pet_season_versions")).one()
    more = {name: rules[name] for name in ("starts_at", "ends_at")}
    terms = PetSeasonInSchema().load(season_terms(stages=stages, feed_growth=20, **more))
    change_published(season_id, 2, terms, accept_warnings=True)
    assert shown(user_id, season_id) == (20, 1, 1), "at once"
    assert (pet_row(user_id, season_id).growth, stage_grants(user_id, season_id)) == (10, [])
    assert refresh_all() == 1
    settle_stages()
    assert pet_row(user_id, season_id).growth == 20
    assert stage_grants(user_id, season_id) == [("#1", "granted")]
    assert refresh_all() == 0
    check_invariants()


def test_after_the_end_portions_still_go_and_take_their_stage_along() -> None:
    season_id = running_season()
    user_id = keeper(season_id)
    lot = portions(user_id, season_id, 2)
    feed(user_id, season_id, 2)
    settle_stages()
    season_days_pass(3)
    finish_season(season_id)
    take_back(lot)
    settle_stages()
    assert stage_grants(user_id, season_id) == [("#1", "reversed")]
    assert (figures(user_id)[0], shown(user_id, season_id)) == (0, (0, 0, 0))


def test_entries_never_change() -> None:
    season_id = running_season()
    water(keeper(season_id), season_id)
    for statement in (
        "UPDATE pet_entries SET portions = 2",
        "DELETE FROM pet_entries",
        "UPDATE pet_season_versions SET version = 3",
    ):
        with pytest.raises(Exception, match="never change"), transaction() as session:
            session.execute(text(statement))


def test_feed_is_given_once_an_event(app: Flask) -> None:
    season_id = running_season()
    user_id = keeper(season_id)
    rule_id = feed_rule(season_id, 2)
    for _ in range(2):
        with transaction() as session:
            grant(session, user_id, Source(rule_id, "once"))
    assert left(user_id, season_id) == 2
    db.session.remove()
