"""The benchmarks of group-buy play what they say: seats, copied members, copied teams."""

from __future__ import annotations

from flask import Flask

from benchmarks.groupbuy import copies, placing
from benchmarks.groupbuy.shop import Shopper, open_team, price, start_activity
from mall.kernel.db import db
from tests.support.groupbuy import carry_out_all, expire, members_of, seats_of, team_of
from tests.support.orders import Buyer, make_buyer, make_goods


def test_a_team_is_joined_and_settled_with_copied_members(app: Flask) -> None:
    sku_id = make_goods(100, 10_000)
    activity = start_activity(sku_id, {2: 9_000, 5: 8_000}, units=20)
    leader, *others = (Shopper(one.user_id, one.address_id) for one in map(_buyer, range(5)))
    team_id = open_team(activity, leader)
    goods = price(activity, team_id, leader)
    assert (goods.alone_fen, goods.seat_fen) == (10_000, 9_000)
    placing.alone({"goods": goods, "shopper": others[0]})
    db.session.remove()
    url = app.extensions["mall.config"].database_url
    copies.add_members(url, team_id, [one.user_id for one in others], "copy")
    assert seats_of(team_id) == ("formed", 0, 5, 0)
    expire(team_id)
    carry_out_all()
    assert team_of(team_id).tier_size == 5
    assert [one.difference_fen for one in members_of(team_id)] == [1_000] * 5


def test_teams_are_copied_and_joined(app: Flask) -> None:
    sku_id = make_goods(100, 10_000)
    activity = start_activity(sku_id, {3: 9_000}, units=20)
    leader, other = (Shopper(one.user_id, one.address_id) for one in map(_buyer, range(2)))
    team_id = open_team(activity, leader)
    goods = price(activity, team_id, leader)
    placing.join({"goods": goods, "team_id": team_id, "shopper": other})
    assert seats_of(team_id) == ("forming", 1, 1, 0)
    db.session.remove()
    url = app.extensions["mall.config"].database_url
    copies.add_teams(url, open_team(activity, leader), 3, "copy")
    assert seats_of(team_id + 4) == ("forming", 0, 1, 0)


def _buyer(_: int) -> Buyer:
    return make_buyer()
