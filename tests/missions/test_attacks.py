"""Missions from the view of somebody who wants rewards for nothing."""

from __future__ import annotations

import pytest
from flask import Flask

from mall.kernel.db import transaction
from mall.kernel.events import publish
from mall.missions.board.claiming import claim
from mall.missions.board.errors import MissionNotCompleted, MissionNotFound
from mall.missions.checkin.checking_in import check_in
from mall.orders.events import OrderPaid
from mall.users.closing import close_account
from tests.support.board import (
    PATH,
    an_hour_passes,
    bought,
    grants,
    mission,
    missions_hold,
    refund,
    settle,
    stands,
    work,
)
from tests.support.browsing import look, make_product
from tests.support.http import Http, error_code
from tests.support.missions import days_pass, plan
from tests.support.orders import Buyer, make_buyer, make_goods
from tests.support.sharing import make_share, opened, register
from tests.support.users import make_shopper

CHECK_IN = {"trigger": "check_in", "measure": "days"}


@pytest.fixture
def buyer(app: Flask) -> Buyer:
    return make_buyer()


# -- refunds after claiming -----------------------------------------------------------------


def test_a_chain_that_a_refunded_order_opened_gives_nothing(app: Flask, buyer: Buyer) -> None:
    first = mission()
    then = mission(**CHECK_IN, requires_id=str(first))
    plan(7)
    order_no = bought(app, buyer, {make_goods(): 1})
    check_in(buyer.user_id)
    work(app)
    assert claim(buyer.user_id, then).state == "promised", "the order may still go"
    refund(app, order_no, 1)
    assert [status for _, status in grants()] == ["canceled"]
    with pytest.raises(MissionNotCompleted):
        claim(buyer.user_id, then)
    missions_hold()


def test_a_chain_is_given_when_its_orders_are_final_and_taken_back_with_them(
    app: Flask, buyer: Buyer
) -> None:
    first = mission(period="once")
    then = mission(**CHECK_IN, requires_id=str(first), period="once", at_once=True)
    last = mission(**CHECK_IN, requires_id=str(then), period="once", at_once=True, target=1)
    plan(7)
    sku = make_goods()
    order_no = bought(app, buyer, {sku: 1})
    check_in(buyer.user_id)
    work(app)
    assert [stands(buyer.user_id, one)[1] for one in (then, last)] == ["promised", "open"]
    days_pass()
    check_in(buyer.user_id)
    work(app)
    assert stands(buyer.user_id, last) == (1, "promised")
    settle(app, buyer, order_no)
    assert [stands(buyer.user_id, one)[1] for one in (then, last)] == ["rewarded"] * 2
    refund(app, order_no, 1)
    assert [status for _, status in grants()] == ["reversed"] * 2
    assert stands(buyer.user_id, then) == (1, "locked")
    bought(app, buyer, {sku: 1})
    assert [stands(buyer.user_id, one)[1] for one in (then, last)] == ["promised"] * 2
    assert [status for _, status in grants()] == [*["reversed"] * 2, *["pending"] * 2]
    missions_hold()


def test_one_order_for_two_shoppers_goes_back_from_both(app: Flask, buyer: Buyer) -> None:
    sharer, _ = make_shopper()
    own = mission(period="once", at_once=True)
    shared = mission(trigger="share_ordered", period="once", at_once=True)
    opened(buyer.user_id, make_share(sharer))
    order_no = bought(app, buyer, {make_goods(): 1})
    settle(app, buyer, order_no)
    assert (stands(buyer.user_id, own), stands(sharer, shared)) == (
        (1, "rewarded"),
        (1, "rewarded"),
    )
    refund(app, order_no, 1)
    assert [status for _, status in grants()] == ["reversed"] * 2
    missions_hold()


# -- many accounts --------------------------------------------------------------------------


def test_a_phone_that_registers_over_and_over_is_one_new_shopper(app: Flask) -> None:
    sharer, _ = make_shopper()
    one = mission(trigger="invite", period="once", at_once=True)
    two = mission(trigger="invite", period="once", at_once=True, target=2)
    touch = {"share": make_share(sharer)}
    for _ in range(3):
        came = register(touch)
        work(app)
        assert (stands(sharer, one), stands(sharer, two)) == ((1, "rewarded"), (1, "open"))
        close_account(came)
        work(app)
        assert stands(sharer, one) == (0, "open"), "who leaves takes the reward along"
    assert [status for _, status in grants()] == ["reversed"] * 3
    missions_hold()


@pytest.mark.parametrize("touch", ["inviter", "share"])
def test_whom_a_client_names_gets_nothing(app: Flask, touch: str) -> None:
    victim, _ = make_shopper()
    mission(trigger="invite", period="once", at_once=True)
    register({touch: str(victim)})
    work(app)
    assert grants() == []


# -- the client's word ----------------------------------------------------------------------


def test_a_page_opened_over_and_over_is_one_page(app: Flask) -> None:
    user_id, _ = make_shopper()
    wanted = mission(trigger="browse_pages", target=3, filters={"at_least_seconds": 5})
    an_hour_passes()
    (one, _), (two, _) = make_product(), make_product()
    for page in (one, one, one, two):
        look(user_id, page, 5)
        look(user_id, page, 1)
    work(app)
    assert stands(user_id, wanted) == (2, "open")
    missions_hold()


def test_events_that_come_again_count_once(app: Flask, buyer: Buyer) -> None:
    wanted = mission(target=2, period="once")
    order_no = bought(app, buyer, {make_goods(): 1})
    with transaction() as session:
        for _ in range(3):
            publish(session, OrderPaid(order_no, buyer.user_id))
    work(app)
    assert stands(buyer.user_id, wanted) == (1, "open")
    missions_hold()


def test_anothers_mission_isnt_claimed(app: Flask, http: Http, buyer: Buyer) -> None:
    wanted = mission(period="once")
    bought(app, buyer, {make_goods(): 1})
    _, token = make_shopper()
    asked = http.as_(token).post(f"{PATH}/{wanted}/claim", {"period_key": "once"})
    assert (asked.status_code, error_code(asked)) == (409, "mission_not_completed")
    hidden = mission(period="once", hidden=True)
    with pytest.raises(MissionNotFound):
        claim(buyer.user_id, hidden)
    assert grants() == []
    missions_hold()
