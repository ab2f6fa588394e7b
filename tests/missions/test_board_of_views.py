"""Missions about looking at pages, and about what others did after they opened a share."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from mall.sharing.shares.opening import open_share
from tests.support.board import (
    an_hour_passes,
    bought,
    grants,
    mission,
    missions_hold,
    refund,
    seen,
    settle,
    stands,
    work,
)
from tests.support.browsing import look, make_product
from tests.support.catalog import make_category
from tests.support.orders import make_buyer, make_goods
from tests.support.sharing import make_share, opened, register
from tests.support.users import make_shopper

pytestmark = pytest.mark.usefixtures("app")


def test_seconds_are_those_of_the_server(app: Flask) -> None:
    user_id, _ = make_shopper()
    page, category = make_product()
    other, _ = make_product()
    all_pages = mission(trigger="browse", measure="seconds", target=30, at_once=True)
    here, elsewhere = (
        mission(
            trigger="browse",
            measure="seconds",
            target=99,
            filters={"category_ids": [str(one)], "page_kinds": ["product"]},
        )
        for one in (category, make_category("别处"))
    )
    pages = mission(trigger="browse_pages", target=9, filters={"at_least_seconds": 20})
    an_hour_passes()
    counted = look(user_id, page, 10, 10)
    work(app)
    assert seen(user_id, all_pages).hint == f"再浏览 {30 - counted} 秒"
    more = look(user_id, other, *(10,) * 4)
    work(app)
    assert stands(user_id, all_pages) == (30, "rewarded")
    assert (seen(user_id, here).counted, seen(user_id, elsewhere).counted) == (counted + more, 0)
    assert seen(user_id, pages).counted == int(counted >= 20) + int(more >= 20) == 1
    missions_hold()


def test_days_of_browsing(app: Flask) -> None:
    user_id, _ = make_shopper()
    page, _ = make_product()
    short, long = (
        mission(
            trigger="browse_days",
            measure="streak",
            period="once",
            target=3,
            filters={"at_least_seconds": least},
        )
        for least in (5, 4_000)
    )
    an_hour_passes()
    look(user_id, page, 10, 10)
    look(user_id, page, 10)
    work(app)
    assert seen(user_id, short).hint == "再连续浏览 2 天"
    assert seen(user_id, long).counted == 0
    missions_hold()


def test_who_came_by_a_share_counts(app: Flask) -> None:
    sharer, _ = make_shopper()
    wanted = mission(trigger="invite", period="once", target=2, at_once=True)
    token = make_share(sharer)
    for _ in range(2):
        register({"share": token})
        work(app)
    assert stands(sharer, wanted) == (2, "rewarded")
    missions_hold()


def test_an_order_by_a_share_counts_while_it_stands(app: Flask) -> None:
    sharer, _ = make_shopper()
    buyer, sku = make_buyer(), make_goods(20)
    wanted = mission(trigger="share_ordered", period="once", at_once=True)
    first = mission(trigger="share_ordered", period="once", target=9, filters={"first_order": True})
    opened(buyer.user_id, make_share(sharer))
    work(app)
    orders = [bought(app, buyer, {sku: 1}) for _ in range(2)]
    assert stands(sharer, wanted) == (1, "promised")
    assert seen(sharer, first).counted == 1, "a first order is the first once"
    refund(app, orders[0], 1)
    assert seen(sharer, wanted).state == "promised", "the second stands"
    settle(app, buyer, orders[1])
    assert seen(sharer, wanted).state == "rewarded"
    refund(app, orders[1], 1)
    assert stands(sharer, wanted) == (0, "open")
    assert [status for _, status in grants()] == ["reversed"]
    missions_hold()


def test_opening_alone_counts_for_nothing(app: Flask) -> None:
    sharer, _ = make_shopper()
    mission(trigger="invite", period="once")
    open_share(make_shopper()[0], make_share(sharer))
    work(app)
    with transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM mission_progress")) == 0
