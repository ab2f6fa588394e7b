"""Stories of teams: what comes back is seen in WeChat's own books, to the fen.

Shoppers act by HTTP alone; the clock and the timers are moved by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text, update

from mall.groupbuy.teams.models import GroupTeam
from mall.kernel.db import db, db_now, transaction
from tests.support.group_shop import GroupShop
from tests.support.groupbuy import TIERS, make_activity, seats_of, sku_of, team_of
from tests.support.inventory import Units, units
from tests.support.payments import assert_money_is_right
from tests.support.races import execute
from tests.support.servers import LiveServer

PREPAY = "/v3/pay/transactions/jsapi"
ORDERS = "/v3/pay/transactions/out-trade-no"
NO_SUCH_ORDER = {"status": 404, "code": "ORDER_NOT_EXIST", "message": "订单不存在"}
STOCK = 50


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[GroupShop]:
    shop = GroupShop(app, simulator, work)
    yield shop
    assert_money_is_right(shop)


def time_is_up(team_id: int) -> None:
    with transaction() as session:
        session.execute(
            update(GroupTeam)
            .where(GroupTeam.id == team_id)
            .values(expires_at=db_now(session) - timedelta(seconds=1))
        )
    db.session.remove()


@pytest.mark.parametrize(("members", "tier"), [(2, 2), (5, 5)])
def test_all_pay_the_first_tier_and_get_the_difference(
    shop: GroupShop, members: int, tier: int
) -> None:
    activity_id = make_activity(stock_units=STOCK)
    promised = {one["size"]: one for one in shop.quoted(shop.me(), activity_id, units=2)["tiers"]}
    team_id, order_no = shop.opens(shop.me(), activity_id, 2)
    for _ in range(members - 1):
        shop.joins(shop.person(), team_id, activity_id)
    time_is_up(team_id)
    shop.teams_end()
    assert (team_of(team_id).status, team_of(team_id).tier_size) == ("settled", tier)
    per_unit = TIERS[2] - TIERS[tier]
    assert sorted(shop.given_back().values()) == sorted([2 * per_unit, *[per_unit] * (members - 1)])
    order = shop.detail(order_no)
    assert (order["status"], order["hold_label"]) == ("paid", None)
    assert order["refunded_fen"] == 2 * per_unit == promised[tier]["back_fen"]
    assert order["paid_fen"] - order["refunded_fen"] == promised[tier]["payable_fen"]


def test_nine_members_of_whom_one_waits_an_hour_for_the_refund(shop: GroupShop) -> None:
    """The last seat is paid: the team is over at once. One refund finds WeChat's balance empty
    for an hour, and arrives once; a unit that is returned then gives the price of the tier."""
    activity_id = make_activity(stock_units=STOCK)
    team_id, order_no = shop.opens(shop.me(), activity_id, 2)
    for _ in range(8):
        shop.joins(shop.person(), team_id, activity_id)
    assert seats_of(team_id) == ("formed", 0, 9, 0)
    shop.control("/refunds/policy", outcome="NOT_ENOUGH", count=1)
    shop.teams_end()
    assert team_of(team_id).tier_size == 9
    assert shop.stuck()
    for _ in range(6):
        shop.control("/refunds/policy", outcome="NOT_ENOUGH", count=1)
        shop.let_time_pass(10)
        shop.sweep()
    (waiting,) = shop.stuck()
    assert sorted(shop.given_back().values())[:2] == [0, 2_000]
    shop.control("/refunds/policy", outcome="SUCCESS")
    shop.let_time_pass(10)
    shop.sweep()
    assert shop.show_refund(waiting)["status"] == "succeeded"
    assert sorted(shop.given_back().values()) == [2_000] * 8 + [4_000]
    assert len(shop.refunds_in_wechat()) == 9
    shop.teams_end()

    number = shop.applied(order_no, 1)
    shop.let_time_pass(2)  # WeChat wants a minute between refunds of one payment
    shop.pressed(shop.clerk, number, "approval", {})
    shop.money_goes()
    assert shop.after_sale(number)["refund_fen"] == TIERS[9]
    assert shop.detail(order_no)["refunded_fen"] == 4_000 + TIERS[9]
    assert sorted(shop.given_back().values())[-1] == 4_000 + TIERS[9]


def test_a_team_that_fails_gives_everybody_all_back(shop: GroupShop) -> None:
    activity_id = make_activity({3: 9_000}, stock_units=STOCK)
    sku_id = sku_of(activity_id)
    before = units(sku_id)
    team_id, order_no = shop.opens(shop.me(), activity_id, 2)
    shop.joins(shop.person(), team_id, activity_id)
    assert shop.detail(order_no)["hold_label"] == "等待成团"
    asked = shop.apply(order_no, 1)
    assert asked.get_json()["error"]["code"] == "group_waits"
    time_is_up(team_id)
    for _ in range(2):
        shop.teams_end()
    assert seats_of(team_id) == ("failed", 0, 2, 0)
    assert shop.given_back() == shop.paid()
    assert len(shop.refunds_in_wechat()) == 2
    assert shop.status(order_no) == "closed"
    assert units(sku_id) == before
    sold = "SELECT sum(sold), (SELECT sum(units) FROM groupbuy_shoppers) FROM groupbuy_skus"
    assert tuple(db.session.execute(text(sold)).one()) == (0, 0)


@pytest.mark.parametrize("shop_price_fen", [10_000, 9_000])
def test_paid_after_the_team_was_closed(shop: GroupShop, shop_price_fen: int) -> None:
    """Also at the shop's own price it doesn't become an order of the shop's."""
    activity_id = make_activity({3: 9_000}, stock_units=STOCK)
    execute(f"UPDATE skus SET price_fen = {shop_price_fen} WHERE id = {sku_of(activity_id)}")
    team_id, _ = shop.opens(shop.person(), activity_id)
    order_no = shop.takes_seat(shop.me(), activity_id, team_id)["order_no"]
    shop.fault("api", "lost_reply", path=PREPAY)
    assert shop.shopper.post(f"/api/v1/orders/{order_no}/payment").status_code == 503
    shop.fault("api", "error", path=ORDERS, error=NO_SUCH_ORDER)
    assert shop.cancel(order_no).get_json()["status"] == "closed"
    time_is_up(team_id)
    shop.teams_end()
    (asked,) = [one for one in shop.wechat_payments() if one["paid_at"] is None]
    shop.control(f"/payments/{asked['out_trade_no']}/approve")
    shop.settle_down()
    assert shop.payment(order_no)["status"] == "returned"
    shop.money_goes()
    assert shop.given_back() == shop.paid()
    assert len(shop.paid()) == 2
    assert seats_of(team_id) == ("failed", 0, 1, 0)
    assert shop.status(order_no) == "closed"
    assert shop.detail(order_no)["replaced_by"] is None
    assert units(sku_of(activity_id)) == Units(1_000 - STOCK, reserved=STOCK)


def test_a_leader_leaves_and_the_team_goes_on(shop: GroupShop) -> None:
    """All of the leader's money comes back, once; the others are formed without them."""
    leader = shop.me()
    activity_id = make_activity({3: 9_000}, stock_units=STOCK)
    team_id, order_no = shop.opens(leader, activity_id)
    team = f"/api/v1/group-buy/teams/{team_of(team_id).code}"
    heir = shop.person()
    shop.joins(heir, team_id, activity_id)
    assert shop.shopper.post(f"{team}/departure").status_code == 204
    again = shop.shopper.post(f"{team}/departure")
    assert again.get_json()["error"]["code"] == "group_not_member"
    shop.money_goes()
    assert shop.status(order_no) == "closed"
    assert shop.detail(order_no)["refunded_fen"] == shop.detail(order_no)["paid_fen"] > 0
    assert team_of(team_id).leader_id == heir.buyer.user_id
    for _ in range(2):
        shop.joins(shop.person(), team_id, activity_id)
    assert seats_of(team_id) == ("formed", 0, 3, 0)
    stays = heir.http.post(f"{team}/departure")
    assert stays.get_json()["error"]["code"] == "group_team_stands"
    assert len(shop.refunds_in_wechat()) == 1
