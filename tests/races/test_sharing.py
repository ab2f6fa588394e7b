"""Sharing that races: one opener many times, and the last places of a sharer's day."""

from __future__ import annotations

from copy import copy
from functools import partial

import pytest
from flask import Flask

from mall.kernel.db import transaction
from mall.kernel.jobs import run_pending
from mall.orders.events import OrderPaid
from mall.referral.attribution.attributing import attribute
from mall.referral.attribution.events import OrderAttributed
from mall.sharing.shares import counting, handlers
from mall.sharing.shares.events import ShareBroughtShopper, ShareOpened
from mall.sharing.shares.opening import SharedPage, open_share, share_page
from mall.sharing.shares.settings import (
    SHARE_OPENS_PER_DAY,
    SHARE_ORDERS_PER_DAY,
    SHARE_SHOPPERS_PER_DAY,
    SHARES_PER_DAY,
)
from mall.users.events import ShopperRegistered
from tests.support.browsing import make_product
from tests.support.heard import heard
from tests.support.invariants import check_invariants, rows_of
from tests.support.orders import buy, make_buyer, make_goods, pay
from tests.support.races import slow_writes, together, without
from tests.support.settings import set_setting
from tests.support.sharing import day_of, make_share, register
from tests.support.users import make_shopper

MANY, CAP = 8, 3


def careless(monkeypatch: pytest.MonkeyPatch, what: counting.Counted) -> None:
    """For a control: a place is taken without looking at the cap."""
    take = copy(counting.TAKE[what])
    assert f"WHERE d.{what} < $3" in take.sql, take.sql
    take.sql = take.sql.replace(f"WHERE d.{what} < $3", "")
    monkeypatch.setitem(counting.TAKE, what, take)


def open_many_times(app: Flask) -> int:
    """One opener opens one share many times at once: how often it counts."""
    sharer, _ = make_shopper()
    opener, _ = make_shopper()
    share = make_share(sharer)
    with slow_writes("share_opens", of="INSERT", seconds=0.1):
        together(app, [partial(open_share, opener, share)] * MANY)
    return day_of(sharer)["opens"]


def test_one_opener_counts_once(app: Flask) -> None:
    with heard(ShareOpened) as events:
        assert open_many_times(app) == 1
        run_pending(app)
    assert len(events) == 1
    check_invariants()


def test_control_without_the_keys_each_opening_counts(app: Flask) -> None:
    key, first = "uq_share_opens_sharer_opener_day", "uq_share_opens_counted"
    drop = f"ALTER TABLE share_opens DROP CONSTRAINT {key}"
    restore = f"ALTER TABLE share_opens ADD CONSTRAINT {key} UNIQUE (sharer_id, opener_id, day)"
    drop_first = f"DROP INDEX {first}"
    restore_first = (
        f"CREATE UNIQUE INDEX {first} ON share_opens (sharer_id, opener_id) WHERE counted"
    )
    with (
        without(drop, restore, table="share_opens"),
        without(drop_first, restore_first, table="share_opens"),
    ):
        assert open_many_times(app) == MANY


def last_openings(app: Flask) -> int:
    """Many openers at once where the sharer's day has three places: how many count."""
    set_setting(SHARE_OPENS_PER_DAY, CAP)
    sharer, _ = make_shopper()
    share = make_share(sharer)
    openers = [make_shopper()[0] for _ in range(MANY)]
    with slow_writes("share_opens", of="INSERT", seconds=0.1):
        together(app, [partial(open_share, opener, share) for opener in openers])
    return day_of(sharer)["opens"]


def test_a_day_counts_no_more_openings_than_its_cap(app: Flask) -> None:
    assert last_openings(app) == CAP
    check_invariants()


def test_control_without_the_condition_all_openings_count(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless(monkeypatch, "opens")
    assert last_openings(app) == MANY


def bring(event: ShopperRegistered | OrderPaid) -> None:
    """A worker hears of a registration, or of a payment."""
    with transaction() as session:
        if isinstance(event, OrderPaid):
            attribute(session, event.order_no)
        else:
            handlers.bring_shopper(session, event)


def last_new_shoppers(app: Flask) -> int:
    """New shoppers at once, each told twice, where the day has three places."""
    set_setting(SHARE_SHOPPERS_PER_DAY, CAP)
    sharer, _ = make_shopper()
    touch = {"share": make_share(sharer)}
    events = [ShopperRegistered(register(touch), touch) for _ in range(MANY // 2)]
    with slow_writes("share_shoppers", of="INSERT", seconds=0.1):
        together(app, [partial(bring, event) for event in events * 2])
    return day_of(sharer)["shoppers"]


def test_a_day_counts_no_more_new_shoppers_than_its_cap(app: Flask) -> None:
    with heard(ShareBroughtShopper) as events:
        assert last_new_shoppers(app) == CAP
        run_pending(app)
    assert len(events) == CAP
    check_invariants()


def test_control_without_the_condition_all_new_shoppers_count(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless(monkeypatch, "shoppers")
    assert last_new_shoppers(app) == MANY // 2


def last_orders(app: Flask) -> int:
    """Orders of openers that are paid at once, each told twice; the day has three places."""
    set_setting(SHARE_ORDERS_PER_DAY, CAP)
    sharer, _ = make_shopper()
    share = make_share(sharer)
    events = []
    for _ in range(MANY // 2):
        buyer = make_buyer()
        open_share(buyer.user_id, share)
        order_no = buy(buyer, {make_goods(): 1})
        pay(order_no)
        events.append(OrderPaid(order_no, buyer.user_id))
    with slow_writes("order_attributions", of="INSERT", seconds=0.1):
        together(app, [partial(bring, event) for event in events * 2])
    return day_of(sharer)["orders"]


def test_a_day_counts_no_more_orders_than_its_cap(app: Flask) -> None:
    with heard(OrderAttributed) as events:
        assert last_orders(app) == CAP
        run_pending(app)
    assert len(events) == MANY // 2, "each order is attributed once, beyond the cap too"
    assert not rows_of("I21d")


def test_control_without_the_condition_all_orders_count(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless(monkeypatch, "orders")
    assert last_orders(app) == MANY // 2


def test_one_page_shared_at_once_has_one_token(app: Flask) -> None:
    set_setting(SHARES_PER_DAY, 1)
    sharer, _ = make_shopper()
    product, _ = make_product()
    with slow_writes("shares", of="INSERT", seconds=0.1):
        found = together(app, [partial(share_page, sharer, "product", product)] * MANY)
    assert len({one.token for one in found if isinstance(one, SharedPage)}) == 1
    assert all(isinstance(one, SharedPage) for one in found), found
    assert day_of(sharer) == {"shares": 1}
    check_invariants()
