"""A leader's circle, and which tier set goes by it: explained, never a price, always a choice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import insert, update

from mall.groupbuy.activities.models import GroupActivity
from mall.groupbuy.circles.models import GroupSetStart
from mall.groupbuy.circles.picking import PickedSet, active_circle, picked_set
from mall.groupbuy.orders.choice import Opening
from mall.groupbuy.orders.placing import Wanted, quote_seat
from mall.groupbuy.orders.recommending import opening as choose_opening
from mall.groupbuy.teams.models import GroupMember
from mall.kernel.db import transaction
from mall.sharing.shares.models import ShareOpen
from tests.support.groupbuy import joined, make_activity, opened, sets_of, sku_of
from tests.support.http import Http
from tests.support.orders import Buyer, make_buyer
from tests.support.sharing import make_share, register
from tests.support.sharing import opened as opens_share

SETS = [{2: 9_500, 3: 9_400}, {3: 9_400, 6: 9_000}, {5: 8_500, 10: 8_000}]


@pytest.fixture(autouse=True)
def _app(app: Flask) -> None:
    """Each test has an app, and a database of its own."""


def circle_of(buyer: Buyer) -> tuple[int, int, int, int, int]:
    """(size, joined, opened, brought, met)."""
    with transaction() as session:
        found = active_circle(session, buyer.user_id)
    return found.size, found.joined, found.opened, found.brought, found.met


def picked(activity_id: int, buyer: Buyer) -> PickedSet:
    """What a leader is offered first."""
    with transaction() as session:
        return picked_set(session, session.get_one(GroupActivity, activity_id), buyer.user_id)


def start_sets(activity_id: int, *circles: int) -> None:
    """As if the model had said from which circle on each set is offered."""
    with transaction() as session:
        for set_id, circle in zip(sets_of(activity_id), circles, strict=True):
            values = {
                "tier_set_id": set_id,
                "min_circle": circle,
                "basis": {},
            }
            session.execute(insert(GroupSetStart).values(values))


def test_a_circle_counts_people_once_by_what_they_did() -> None:
    leader, friend, opener = make_buyer(), make_buyer(), make_buyer()
    assert circle_of(leader) == (0, 0, 0, 0, 0)
    activity_id = make_activity(stock_units=200)
    team_id = opened(activity_id, leader)
    joined(team_id, friend)
    joined(team_id, paid=False)
    token = make_share(leader.user_id)
    opens_share(opener.user_id, token)
    opens_share(friend.user_id, token)
    assert circle_of(leader) == (2, 1, 2, 0, 0)
    assert circle_of(friend) == (0, 0, 0, 0, 0)


def test_who_came_to_the_shop_by_a_share_belongs_to_the_circle(work: Callable[[], None]) -> None:
    """What brought them stands in `users.first_touch`; sharing reads it."""
    leader = make_buyer()
    register({"share": make_share(leader.user_id)})
    work()
    assert circle_of(leader) == (1, 0, 1, 1, 0)


def test_those_of_other_peoples_small_teams_count_when_met_twice() -> None:
    one, other, host = make_buyer(), make_buyer(), make_buyer()
    activity_id = make_activity(stock_units=200)
    for times in (1, 2):
        team_id = opened(activity_id, host)
        joined(team_id, one)
        joined(team_id, other)
        assert circle_of(one)[4] == (0 if times == 1 else 2), "the other and the host"
    assert circle_of(host) == (2, 2, 0, 0, 0)


def test_a_crowd_isnt_a_circle() -> None:
    one, host = make_buyer(), make_buyer()
    activity_id = make_activity({2: 9_000, 20: 8_000}, stock_units=200)
    for _ in (1, 2):
        team_id = opened(activity_id, host)
        joined(team_id, one)
        for _ in range(9):
            joined(team_id)
    assert circle_of(one) == (0, 0, 0, 0, 0)


def test_ties_are_forgotten_after_half_a_year() -> None:
    leader, friend, opener = make_buyer(), make_buyer(), make_buyer()
    joined(opened(make_activity(), leader), friend)
    opens_share(opener.user_id, make_share(leader.user_id))
    assert circle_of(leader)[0] == 2
    by = timedelta(days=181)
    with transaction() as session:
        session.execute(update(GroupMember).values(paid_at=GroupMember.paid_at - by))
        session.execute(update(ShareOpen).values(created_at=ShareOpen.created_at - by))
    assert circle_of(leader)[0] == 0


def test_an_activity_that_doesnt_pick_offers_its_first_set() -> None:
    activity_id, leader = make_activity(SETS), make_buyer()
    start_sets(activity_id, 5, 3, 0)
    assert picked(activity_id, leader) == PickedSet(sets_of(activity_id)[0], "first")


def test_with_nothing_fitted_the_first_set_is_offered() -> None:
    activity_id, leader = make_activity(SETS, picks_set=True), make_buyer()
    found = picked(activity_id, leader)
    assert (found.tier_set_id, found.why) == (sets_of(activity_id)[0], "too_little")
    assert "任选" not in found.explained
    assert "也可以选择其他档位" in found.explained


def test_a_larger_circle_is_offered_the_larger_set_and_told_why() -> None:
    activity_id = make_activity(SETS, picks_set=True, stock_units=200)
    small, middle, large = sets_of(activity_id)
    start_sets(activity_id, 0, 1, 3)
    lonely, social, popular = make_buyer(), make_buyer(), make_buyer()
    for leader, friends in ((social, 1), (popular, 3)):
        token = make_share(leader.user_id)
        for _ in range(friends):
            opens_share(make_buyer().user_id, token)
    found = [picked(activity_id, one) for one in (lonely, social, popular)]
    assert [one.tier_set_id for one in found] == [small, middle, large]
    assert [one.min_circle for one in found] == [0, 1, 3]
    assert "有 3 位好友" in found[2].explained
    assert "价格对所有人相同" in found[2].explained


def test_a_team_is_opened_with_the_offered_set_unless_another_is_named(http: Http) -> None:
    activity_id = make_activity(SETS, picks_set=True, stock_units=200)
    small, middle, large = sets_of(activity_id)
    start_sets(activity_id, 0, 1, 3)
    popular = make_buyer()
    token = make_share(popular.user_id)
    for _ in range(3):
        opens_share(make_buyer().user_id, token)
    with transaction() as session:
        unnamed = choose_opening(session, popular.user_id, activity_id)
        named = choose_opening(session, popular.user_id, activity_id, small)
    assert (unnamed.tier_set_id, named.tier_set_id) == (large, small)
    shown = (
        http.as_(popular.token).get(f"/api/v1/group-buy/activities/{activity_id}/mine").get_json()
    )
    assert [one["recommended"] for one in shown["tier_sets"]] == [False, False, True]
    assert "3 位好友" in shown["recommended_because"]
    assert str(middle) in [one["id"] for one in shown["tier_sets"]]


def test_every_leader_may_take_every_set_at_the_same_price() -> None:
    """PIPL, article 24: the offer goes by the person, the price and the choice don't."""
    activity_id = make_activity(SETS, picks_set=True, stock_units=200)
    start_sets(activity_id, 0, 1, 3)
    lonely, popular = make_buyer(), make_buyer()
    token = make_share(popular.user_id)
    for _ in range(3):
        opens_share(make_buyer().user_id, token)
    assert picked(activity_id, lonely) != picked(activity_id, popular)
    for set_id, price_fen in zip(sets_of(activity_id), (9_500, 9_400, 8_500), strict=True):
        asked = Opening(activity_id, set_id)
        for one in (lonely, popular):
            wanted = Wanted(sku_of(activity_id), 1, one.address_id)
            quote = quote_seat(one.user_id, asked, wanted)[1].quote
            assert quote.payable_fen - quote.freight_fen == price_fen
