"""The past as the tables tell it, held against what was simulated, and against small teams by
hand."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from flask import Flask
from sqlalchemy import insert, update

from mall.groupbuy.activities.models import GroupActivity
from mall.groupbuy.advice.backtest.playing import LIFE_H, SETS, history_of
from mall.groupbuy.advice.backtest.shoppers import World, leaders, play
from mall.groupbuy.advice.gathering import gather, units_by_sku
from mall.groupbuy.advice.model.history import VisitCell
from mall.groupbuy.advice.wanted import goods_of
from mall.groupbuy.orders.leaving import leave_team
from mall.groupbuy.teams.models import GroupMember, GroupTeam, GroupVisit
from mall.kernel.db import db_now, transaction
from tests.support.group_history import write_history
from tests.support.groupbuy import (
    expire,
    joined,
    make_activity,
    opened,
    opening,
    pay_seat,
    placed,
    sets_of,
    sku_of,
    team_by_code,
    team_of,
)
from tests.support.orders import make_buyer


@pytest.fixture(autouse=True)
def _app(app: Flask) -> None:
    """Each test has an app, and a database of its own."""


def simulated_sets() -> list[dict[int, int]]:
    """The tier sets of the simulation, as prices of a SKU of 100 yuan."""
    return [
        {size: 10_000 - step for size, step in zip(one.sizes, one.reductions_bp, strict=True)}
        for one in SETS.values()
    ]


def test_what_is_read_is_what_was_simulated() -> None:
    activity_id = make_activity(simulated_sets(), team_open_min=LIFE_H * 60)
    rng, played = Random(4), []
    for leader in leaders(World(), 60, rng):
        key = rng.choice([1, 2, 3])
        played.append((leader, SETS[key], key, play(World(), leader, SETS[key], LIFE_H)))
    write_history(activity_id, dict(zip(SETS, sets_of(activity_id), strict=True)), played)
    with transaction() as session:
        found = gather(session, db_now(session)).history
    wanted = history_of([one for *_, one in played])
    assert sorted(map(repr, found.teams)) == sorted(map(repr, wanted.teams))
    assert sorted(map(repr, found.cells)) == sorted(map(repr, wanted.cells))
    assert found.arrivals == dict(wanted.arrivals)
    assert (found.leaders, found.members, found.units) == (60, wanted.members, wanted.units)


def test_a_team_is_read_by_its_visits_ties_and_prices() -> None:
    """Tiers of 2, 5 and 9 at 90, 80 and 70 yuan of 100."""
    activity_id = make_activity()
    leader, friend, stranger, looker = (make_buyer() for _ in range(4))
    first = opened(activity_id, leader)
    joined(first, friend)
    over(first)
    days_older(first, 3)
    second = opened(activity_id, leader, units=2)
    looked(second, looker.user_id)
    joined(second, friend)
    joined(second, stranger)
    over(second)
    with transaction() as session:
        gathered = gather(session, db_now(session))
    history = gathered.history
    assert sorted((one.circle, one.tied, one.untied, one.members) for one in history.teams) == [
        (0, 0, 1, 2),
        (1, 1, 2, 3),
    ]
    assert set(history.cells) == {
        VisitCell(1_000, 1, False, visits=2, joins=1),
        VisitCell(1_000, 1, True, visits=1, joins=1),
        VisitCell(1_000, 0, False, visits=1, joins=1),
    }
    assert (history.leaders, history.members, history.units) == (1, 5, 6)
    assert sum(history.arrivals.values()) == 4
    assert not gathered.cut


def test_the_price_met_is_that_of_the_tier_which_one_more_reaches() -> None:
    team_id = opened(make_activity())
    for _ in range(3):
        joined(team_id)
    looked(team_id, make_buyer().user_id)
    over(team_id)
    with transaction() as session:
        cells = gather(session, db_now(session)).history.cells
    assert VisitCell(2_000, 0, False, visits=1, joins=0) in cells


def test_open_and_old_teams_and_other_products_dont_count() -> None:
    open_team = opened(make_activity())
    joined(open_team)
    old, other = opened(make_activity()), opened(make_activity())
    for team_id in (old, other):
        over(team_id)
    days_older(old, 181)
    with transaction() as session:
        spu_id = session.get_one(GroupTeam, open_team).activity_id
        shop = gather(session, db_now(session))
        product = gather(session, db_now(session), spu_id=spu_id + 1_000).history
    assert [one.members for one in shop.history.teams] == [1]
    assert shop.products == 1
    assert (product.teams, product.cells, product.visits) == ([], [], 0)


def test_who_left_has_looked_and_not_joined() -> None:
    team_id = opened(make_activity({3: 9_000}))
    leaver = make_buyer()
    looked(team_id, leaver.user_id)
    joined(team_id, leaver)
    with transaction() as session:
        session.execute(
            update(GroupMember)
            .where(GroupMember.user_id == leaver.user_id)
            .values(seat=False, left_at=db_now(session))
        )
        session.execute(update(GroupTeam).where(GroupTeam.id == team_id).values(paid=1))
    over(team_id)
    with transaction() as session:
        history = gather(session, db_now(session)).history
    assert list(history.cells) == [VisitCell(1_000, 2, False, visits=1, joins=0)]


def test_units_of_a_product_by_sku() -> None:
    activity_id = make_activity()
    team_id = opened(activity_id, units=3)
    joined(team_id, units=2)
    sku_id = sku_of(activity_id)
    with transaction() as session:
        since = db_now(session) - timedelta(days=1)
        spu_id = _spu(activity_id)
        assert units_by_sku(session, spu_id, since) == {sku_id: 5}
        assert goods_of(session, spu_id).mixed({sku_id: 5})[0].part == 1.0


def looked(team_id: int, user_id: int) -> None:
    """A shopper looks at a team's page."""
    with transaction() as session:
        session.execute(insert(GroupVisit).values(team_id=team_id, user_id=user_id))


def days_older(team_id: int, days: int) -> None:
    """As if all of a team had happened so many days before."""
    by = timedelta(days=days)
    with transaction() as session:
        session.execute(
            update(GroupTeam)
            .where(GroupTeam.id == team_id)
            .values(
                created_at=GroupTeam.created_at - by,
                expires_at=GroupTeam.expires_at - by,
                closed_at=GroupTeam.closed_at - by,
            )
        )
        session.execute(
            update(GroupMember)
            .where(GroupMember.team_id == team_id)
            .values(created_at=GroupMember.created_at - by, paid_at=GroupMember.paid_at - by)
        )


def over(team_id: int) -> None:
    """The team's time is over now, not a second ago."""
    expire(team_id)
    with transaction() as session:
        values = {"expires_at": GroupTeam.closed_at}
        session.execute(update(GroupTeam).where(GroupTeam.id == team_id).values(values))


def _spu(activity_id: int) -> int:
    with transaction() as session:
        return session.get_one(GroupActivity, activity_id).spu_id


def test_a_team_that_is_over_is_read_once() -> None:
    team_id = opened(make_activity())
    over(team_id)
    assert team_of(team_id).status == "failed"
    with transaction() as session:
        history = gather(session, db_now(session)).history
    assert (len(history.teams), history.visits) == (1, 0)


def test_where_the_leader_chose_a_tier_that_is_the_price() -> None:
    activity_id = make_activity(mode="chosen")
    seat = placed(make_buyer(), opening(activity_id, 5), sku_id=sku_of(activity_id))
    pay_seat(seat.order_no)
    team_id = team_by_code(seat.team_code).id
    joined(team_id)
    over(team_id)
    with transaction() as session:
        history = gather(session, db_now(session)).history
    assert list(history.cells) == [VisitCell(2_000, 4, False, visits=1, joins=1)]
    assert [one.members for one in history.teams] == [2]


def test_a_team_that_was_handed_over_is_its_openers() -> None:
    """Who leads now joined then, like everybody else."""
    activity_id = make_activity({3: 9_000})
    opener, heir = make_buyer(), make_buyer()
    team_id = opened(activity_id, opener)
    joined(team_id, heir)
    leave_team(opener.user_id, team_id)
    over(team_id)
    assert team_of(team_id).leader_id == heir.user_id
    with transaction() as session:
        history = gather(session, db_now(session)).history
    assert [(one.members, one.untied) for one in history.teams] == [(1, 1)]
    assert list(history.cells) == [VisitCell(1_000, 2, False, visits=1, joins=1)]
