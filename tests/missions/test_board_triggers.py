"""Missions about the cart and the profile."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db, transaction
from mall.missions.board.claiming import claim
from mall.missions.board.defining import enable_mission
from tests.support.board import mission, missions_hold, seen, stands, work
from tests.support.http import Http
from tests.support.orders import Buyer, make_buyer, make_goods
from tests.support.users import make_shopper


@pytest.fixture
def buyer(app: Flask) -> Buyer:
    return make_buyer()


def test_the_fullest_cart_counts(app: Flask, http: Http, buyer: Buyer) -> None:
    wanted = mission(trigger="cart", measure="units", target=4, at_once=True)
    me, sku = http.as_(buyer.token), make_goods(20)
    me.post("/api/v1/cart/lines", {"sku_id": str(sku), "quantity": 3})
    work(app)
    assert seen(buyer.user_id, wanted).hint == "再加购 1 件"
    me.put(f"/api/v1/cart/lines/{sku}", {"quantity": 1})
    work(app)
    assert seen(buyer.user_id, wanted).counted == 3
    me.put(f"/api/v1/cart/lines/{sku}", {"quantity": 5})
    work(app)
    me.delete(f"/api/v1/cart/lines/{sku}")
    work(app)
    assert stands(buyer.user_id, wanted) == (4, "rewarded")
    missions_hold()


def test_a_cart_costs_no_event_while_no_mission_counts_it(
    app: Flask, http: Http, buyer: Buyer
) -> None:
    waiting = text("SELECT count(*) FROM procrastinate_jobs WHERE args ->> 'name' = 'cart.changed'")
    me, sku = http.as_(buyer.token), make_goods(20)

    def changed(quantity: int) -> int:
        me.put(f"/api/v1/cart/lines/{sku}", {"quantity": quantity})
        return int(db.session.scalar(waiting) or 0)

    me.post("/api/v1/cart/lines", {"sku_id": str(sku), "quantity": 1})
    assert changed(2) == 0
    wanted = mission(trigger="cart", measure="units", target=4)
    assert changed(3) == 1
    enable_mission(wanted, False)
    assert changed(4) == 1


def test_a_profile_that_was_complete_before_the_mission_is_claimed(app: Flask) -> None:
    user_id, _ = make_shopper(nickname="小明", phone="+8613800138000")
    wanted = mission(trigger="profile_completed", period="once")
    assert stands(user_id, wanted) == (0, "open")
    with transaction() as session:
        session.execute(text("UPDATE users SET avatar_url = 'https://a.example/a.png'"))
    assert stands(user_id, wanted) == (1, "completed")
    assert claim(user_id, wanted).state == "rewarded"
    missions_hold()
