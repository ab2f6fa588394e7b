"""The demo shop: goods, and flash sales that are there when somebody looks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from mall.flashsale.public import view
from mall.games.communities.demo import PHRASE
from mall.games.communities.models import Community
from mall.games.pets.demo import MISSION
from mall.groupbuy.activities.models import GroupActivity
from mall.kernel.db import db_now, transaction
from mall.missions.board.listing import board
from mall.missions.checkin.checking_in import check_in
from mall.missions.demo import MISSIONS
from mall.points.exchange.models import ExchangeItem
from mall.points.statements.queries import balance
from mall.referral.commission.plans import plan_at
from mall.referral.promoters.models import PromoterLevel
from tests.support.catalog import make_sku
from tests.support.cli import mall
from tests.support.exchange import exchanged, make_rich_buyer
from tests.support.flashsale import let_it_end
from tests.support.groupbuy import expire, joined, opened, opening, placed, sku_of, team_of
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.inventory import stock
from tests.support.lots import SHOPPER as LOTS
from tests.support.lots import lots_are_due, shift_lots
from tests.support.orders import make_buyer
from tests.support.packets import SHOPPER as PACKETS
from tests.support.packets import every_process_knows_of_packets, shop_days_pass
from tests.support.users import make_shopper


@pytest.fixture
def goods(app: Flask) -> None:
    """The demo's own goods are many; six do, and the catalogue stays as it is."""
    for number in range(6):
        stock(make_sku(price_fen=10_000 + number), 50)


def phases(http: Http) -> list[tuple[str, str, int]]:
    view.CACHE.invalidate()
    return [
        (one["id"], one["phase"], len(one["items"]))
        for one in http.get("/api/v1/flash-sessions").get_json()["items"]
    ]


def test_a_sale_now_and_one_tomorrow(app: Flask, http: Http, goods: None) -> None:
    loaded = mall(app, "demo", "load")
    assert loaded.exit_code == 0, loaded.output
    assert "2 flash sales" in loaded.output
    first = phases(http)
    assert [one[1:] for one in first] == [("live", 3), ("upcoming", 3)]
    check_invariants()
    assert "0 flash sales" in mall(app, "demo", "load").output
    assert phases(http) == first
    for session_id, _, _ in first:
        let_it_end(int(session_id))
    assert "2 flash sales" in mall(app, "demo", "load").output
    assert [one[1] for one in phases(http)].count("live") == 1


def test_a_week_of_check_ins_and_missions_once(app: Flask, goods: None) -> None:
    assert "1 check-in plan, 5 missions" in mall(app, "demo", "load").output
    user_id, _ = make_shopper()
    assert check_in(user_id).streak == 1
    with transaction() as session:
        shown = [one.name for one in board(session, user_id).items]
        assert [name for name in shown if name != MISSION] == [one[0] for one in MISSIONS]
        assert balance(session, user_id).available == 5
    check_invariants()
    assert "0 check-in plan, 0 missions" in mall(app, "demo", "load").output


def test_a_lottery_of_points_and_one_of_goods_once(app: Flask, http: Http, goods: None) -> None:
    assert "2 lotteries" in mall(app, "demo", "load").output
    shown = http.get("/api/v1/lotteries").get_json()["items"]
    assert {one["name"] for one in shown} == {"积分抽奖", "实物抽奖", "积分盲盒"}
    check_invariants()
    assert "0 lotteries" in mall(app, "demo", "load").output


def test_a_pet_season_and_the_mission_that_feeds_it_once(
    app: Flask, http: Http, goods: None
) -> None:
    assert "1 pet season" in mall(app, "demo", "load").output
    (season,) = http.get("/api/v1/pet-seasons").get_json()["items"]
    assert [one["name"] for one in season["stages"]] == ["幼崽", "小猫", "大猫", "猫王"]
    user_id, _ = make_shopper()
    with transaction() as session:
        assert MISSION in [one.name for one in board(session, user_id).items]
    check_invariants()
    assert "0 pet season" in mall(app, "demo", "load").output


def test_a_red_packet_a_community_and_lots_that_are_there_to_play(
    app: Flask, http: Http, goods: None
) -> None:
    made = ("1 red packet campaign", "1 community", "1 campaign of lots")
    loaded = mall(app, "demo", "load").output
    assert all(one in loaded for one in made), loaded
    asked = mall(app, "compliance")
    assert (asked.exit_code, "would refuse 0" in asked.output) == (0, True), asked.output
    user_id, token = make_shopper()
    check_in(user_id)
    me = http.as_(token)
    a_packet_is_opened_today(me)
    a_phrase_gives_a_coupon_and_members_have_a_goal(me)
    lots = reviews_may_enter(me)
    check_invariants()
    loaded = mall(app, "demo", "load").output
    assert all(one.replace("1", "0") in loaded for one in made), loaded
    shop_days_pass(7)
    lots_are_due(lots)
    loaded = mall(app, "demo", "load").output
    assert [one in loaded for one in made] == [True, False, True], "what is over is made anew"


def a_packet_is_opened_today(me: Http) -> None:
    (campaign,) = me.get(PACKETS).get_json()["items"]
    mine = f"{PACKETS}/{campaign['id']}/packet"
    assert error_code(me.post(mine)) == "packet_not_started", "not every process knows of it"
    every_process_knows_of_packets()
    packet = me.post(mine).get_json()
    assert (packet["value_fen"], packet["days_left"]) == (400, 6)


def a_phrase_gives_a_coupon_and_members_have_a_goal(me: Http) -> None:
    assert me.post("/api/v1/hidden-coupon-claims", {"phrase": PHRASE}).status_code == 201
    coupons = me.get("/api/v1/coupons").get_json()["items"]
    assert [one["amount_fen"] for one in coupons] == [800, 400]
    with transaction() as session:
        code = session.scalars(select(Community.code)).one()
    (joined,) = me.post("/api/v1/communities", {"code": code}).get_json()["items"]
    (mission,) = me.get(f"/api/v1/communities/{joined['id']}/missions").get_json()["items"]
    assert (mission["state"], mission["target"]) == ("upcoming", 30)


def reviews_may_enter(me: Http) -> int:
    """The campaign of lots."""
    (campaign,) = me.get(LOTS).get_json()["items"]
    assert campaign["state"] == "coming"
    shift_lots(int(campaign["id"]), "starts_at = now() - interval '1 second'")
    assert me.get(f"{LOTS}/{campaign['id']}").get_json()["state"] == "open"
    return int(campaign["id"])


def test_five_items_that_points_buy_once(app: Flask, http: Http, goods: None) -> None:
    assert "5 items of the points mall" in mall(app, "demo", "load").output
    buyer = make_rich_buyer(1_000)
    items = http.as_(buyer.token).get("/api/v1/points-mall/items").get_json()["items"]
    assert [one["kind"] for one in items] == ["sku", "sku", "sku", "reward", "code"]
    with transaction() as session:
        code = session.scalars(select(ExchangeItem.id).where(ExchangeItem.kind == "code")).one()
    assert exchanged(buyer, code).points == 150
    check_invariants()
    assert "0 items of the points mall" in mall(app, "demo", "load").output


def test_two_group_buys_whenever_none_is_under_way(app: Flask, goods: None) -> None:
    assert "2 group-buy activities" in mall(app, "demo", "load").output
    with transaction() as session:
        found = {one.mode: one.id for one in session.scalars(select(GroupActivity))}
    team_id = opened(found["difference"])
    for _ in range(4):
        joined(team_id)
    chosen = opening(found["chosen"], size=3)
    sku_id = sku_of(found["chosen"])
    assert placed(make_buyer(), chosen, sku_id=sku_id).payable_fen > 0
    expire(team_id)
    assert team_of(team_id).tier_size == 5
    assert "0 group-buy activities" in mall(app, "demo", "load").output
    with transaction() as session:
        session.execute(
            update(GroupActivity).values(
                ends_at=db_now(session), status="ended", ended_at=db_now(session)
            )
        )
    assert "2 group-buy activities" in mall(app, "demo", "load").output


def test_rates_of_commission_by_level_once(app: Flask, goods: None) -> None:
    """Who joins earns 3 %, the highest level 8 %; nobody is paid at the second level."""
    assert "1 plan of commission" in mall(app, "demo", "load").output
    with transaction() as session:
        plan = plan_at(session, db_now(session) + timedelta(seconds=2), [])
        levels = session.scalars(select(PromoterLevel.id).order_by(PromoterLevel.position)).all()
    assert plan is not None
    assert [plan.rate_bp(1, "/1/", level, 1) for level in levels] == [300, 500, 800]
    assert {plan.rate_bp(1, "/1/", level, 2) for level in levels} == {0}
    check_invariants()
    assert "0 plan of commission" in mall(app, "demo", "load").output
