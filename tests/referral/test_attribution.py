"""Attribution: a paid order belongs to one share, channel or binding, and never to another."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from mall.kernel.jobs import run_pending
from mall.referral.attribution.attributing import attribute
from mall.referral.attribution.events import OrderAttributed
from mall.referral.attribution.models import BINDING, FIRST_TOUCH, LAST_TOUCH
from mall.referral.attribution.queries import attribution_of
from mall.referral.attribution.settings import RULE
from mall.users.closing import close_account
from tests.support.bindings import bound, history_of, sharing_holds
from tests.support.flash_orders import attempt, open_sale, work_through
from tests.support.groupbuy import joined, make_activity
from tests.support.groupbuy import opened as team_opened
from tests.support.heard import heard
from tests.support.http import Http
from tests.support.orders import Buyer, buy, make_buyer, make_goods, pay
from tests.support.settings import set_setting
from tests.support.sharing import (
    day_of,
    days_pass,
    make_channel_share,
    make_share,
    opened,
    register,
)
from tests.support.staff import make_staff
from tests.support.users import make_address, make_shopper

pytestmark = pytest.mark.usefixtures("app")


def bought(buyer: Buyer) -> str:
    """An order that is paid: its number."""
    order_no = buy(buyer, {make_goods(): 1})
    pay(order_no)
    return order_no


def attributed(order_no: str) -> Any:
    """The row of an order, or None."""
    with transaction() as session:
        query = text("SELECT id FROM orders WHERE order_no = :order_no")
        order_id = session.scalars(query, {"order_no": order_no}).one()
        return attribution_of(session, order_id)


def test_an_order_counts_for_the_last_share_that_was_opened_before_it(app: Flask) -> None:
    (one, _), (two, _) = make_shopper(), make_shopper()
    buyer = make_buyer()
    with heard(OrderAttributed) as events:
        opened(buyer.user_id, make_share(one))
        opened(buyer.user_id, make_share(two))
        first = bought(buyer)
        second = buy(buyer, {make_goods(): 1})
        opened(buyer.user_id, make_share(make_shopper()[0]))
        pay(second)
        run_pending(app)
    found = {
        event.order_no: (event.inviter_id, event.first_order)  # type: ignore[attr-defined]
        for event in events
    }
    assert found == {
        first: (two, True),
        second: (two, False),
    }
    assert (attributed(first).rule, attributed(first).counted) == (LAST_TOUCH, True)
    sharing_holds()


def test_orders_that_no_share_brought(app: Flask) -> None:
    sharer, _ = make_shopper()
    share = make_share(sharer)
    stranger, late, own, unpaid = (make_buyer() for _ in range(4))
    bought(stranger)
    placed = buy(late, {make_goods(): 1})
    opened(late.user_id, share)
    pay(placed)
    own_share = make_share(own.user_id)
    opened(own.user_id, own_share)
    bought(own)
    opened(unpaid.user_id, share)
    buy(unpaid, {make_goods(): 1})
    run_pending(app)
    assert (day_of(sharer), day_of(own.user_id)) == ({"shares": 1, "opens": 2}, {"shares": 1})
    sharing_holds()


@pytest.mark.parametrize(("days", "orders"), [(6, 1), (8, 0)])
def test_an_opening_brings_orders_for_some_days(app: Flask, days: int, orders: int) -> None:
    sharer, _ = make_shopper()
    buyer = make_buyer()
    opened(buyer.user_id, make_share(sharer))
    days_pass(days)
    bought(buyer)
    run_pending(app)
    assert day_of_today(sharer) == orders
    sharing_holds()


def day_of_today(sharer_id: int) -> int:
    query = text("SELECT coalesce(sum(orders), 0) FROM share_days WHERE user_id = :user_id")
    with transaction() as session:
        return int(session.scalar(query, {"user_id": sharer_id}) or 0)


# -- the rules ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "winner"), [(LAST_TOUCH, "last"), (FIRST_TOUCH, "first"), (BINDING, "inviter")]
)
def test_the_rule_says_whose_the_order_is(app: Flask, rule: str, winner: str) -> None:
    """The binding is written down whoever wins."""
    set_setting(RULE, rule)
    people = {name: make_shopper()[0] for name in ("inviter", "first", "last")}
    buyer = make_buyer()
    binding_id = bound(people["inviter"], buyer.user_id)
    opened(buyer.user_id, make_share(people["first"]), make_share(people["last"]))
    order_no = bought(buyer)
    run_pending(app)
    found = attributed(order_no)
    assert (found.rule, found.inviter_id) == (rule, people[winner])
    assert found.binding_id == binding_id
    assert (found.share_id is None) == (found.counted is False) == (rule == BINDING)
    sharing_holds()


@pytest.mark.parametrize("rule", [LAST_TOUCH, FIRST_TOUCH])
def test_without_an_opening_it_is_the_inviters(app: Flask, rule: str) -> None:
    set_setting(RULE, rule)
    (inviter, _), buyer = make_shopper(), make_buyer()
    bound(inviter, buyer.user_id)
    order_no = bought(buyer)
    run_pending(app)
    found = attributed(order_no)
    assert (found.rule, found.inviter_id, found.counted) == (BINDING, inviter, False)
    assert day_of(inviter) == {}, "missions count what a share brought"


def test_without_a_binding_it_is_the_last_sharers(app: Flask) -> None:
    """Under the rule of bindings, too: here the shopper has bought before, so nothing binds."""
    set_setting(RULE, BINDING)
    (sharer, _), buyer = make_shopper(), make_buyer()
    bought(buyer)
    opened(buyer.user_id, make_share(sharer))
    order_no = bought(buyer)
    run_pending(app)
    found = attributed(order_no)
    assert (found.rule, found.inviter_id, found.binding_id) == (LAST_TOUCH, sharer, None)
    assert not found.first_order


def test_of_two_orders_paid_in_one_second_one_is_the_first(app: Flask) -> None:
    """WeChat says the second of a payment and no part of it."""
    (sharer, _), buyer = make_shopper(), make_buyer()
    opened(buyer.user_id, make_share(sharer))
    orders = [bought(buyer), bought(buyer)]
    with transaction() as session:
        session.execute(text("UPDATE orders SET paid_at = date_trunc('second', now())"))
    run_pending(app)
    assert [attributed(order_no).first_order for order_no in orders] == [True, False]


def test_opening_again_makes_a_share_the_last(app: Flask) -> None:
    (one, _), (two, _), buyer = make_shopper(), make_shopper(), make_buyer()
    share = make_share(one)
    opened(buyer.user_id, share, make_share(two), share)
    order_no = bought(buyer)
    run_pending(app)
    assert attributed(order_no).inviter_id == one


def test_a_channel_is_a_touch_too(app: Flask) -> None:
    (inviter, _), buyer = make_shopper(), make_buyer()
    channel_id, code = make_channel_share()
    binding_id = bound(inviter, buyer.user_id)
    opened(buyer.user_id, make_share(inviter), code)
    with heard(OrderAttributed) as events:
        order_no = bought(buyer)
        run_pending(app)
    found = attributed(order_no)
    assert (found.channel_id, found.inviter_id) == (channel_id, None)
    assert (found.binding_id, found.counted) == (binding_id, False)
    assert [one.channel_id for one in events] == [channel_id]  # type: ignore[attr-defined]
    sharing_holds()


# -- which orders -------------------------------------------------------------------------------


def test_orders_of_flash_sales_and_of_teams_that_earn(app: Flask) -> None:
    (sharer, _), buyer = make_shopper(), make_buyer()
    opened(buyer.user_id, make_share(sharer))
    sale = open_sale()
    attempt(sale.where, buyer)
    work_through()
    with transaction() as session:
        query = text("SELECT order_no FROM orders WHERE user_id = :user_id")
        flash = session.scalars(query, {"user_id": buyer.user_id}).one()
    pay(flash)
    earning, other = (joined(team_opened(make_activity(earns=one)), buyer) for one in (True, False))
    run_pending(app)
    assert [attributed(one) is not None for one in (flash, earning, other)] == [True, True, False]
    sharing_holds()


def test_what_binds_may_still_be_under_way_when_the_order_is_heard_of(app: Flask) -> None:
    """Events come in any order: here those of the registration and of the opening come last."""
    (one, _), (two, _) = make_shopper(), make_shopper()
    share = make_share(one)
    came, opener = register({"share": share}), make_buyer()
    opened(opener.user_id, make_share(two))
    orders = [bought(made_buyer(came)), bought(opener)]
    for order_no in orders:
        with transaction() as session:
            assert attribute(session, order_no)
    run_pending(app)
    assert [history_of(user_id) for user_id in (came, opener.user_id)] == [
        [(one, None)],
        [(two, None)],
    ]
    assert all(attributed(order_no).binding_id for order_no in orders)
    sharing_holds()


def made_buyer(user_id: int) -> Buyer:
    return Buyer(user_id, "", make_address(user_id))


@pytest.mark.parametrize("rule", [LAST_TOUCH, BINDING])
def test_nothing_is_of_somebody_who_left(app: Flask, rule: str) -> None:
    set_setting(RULE, rule)
    (gone, _), buyer = make_shopper(), make_buyer()
    opened(buyer.user_id, make_share(gone))
    run_pending(app)
    assert history_of(buyer.user_id) == [(gone, None)]
    order_no = bought(buyer)
    close_account(gone)
    with transaction() as session:
        assert not attribute(session, order_no), "what they left isn't erased yet"
    run_pending(app)
    assert attributed(order_no) is None
    sharing_holds()


def test_what_is_attributed_stays_when_people_leave(app: Flask) -> None:
    (sharer, _), buyer = make_shopper(), make_buyer()
    opened(buyer.user_id, make_share(sharer))
    order_no = bought(buyer)
    run_pending(app)
    before = attributed(order_no)
    owner = (before.inviter_id, before.binding_id, before.first_order)
    close_account(sharer)
    run_pending(app)
    after = attributed(order_no)
    assert (after.inviter_id, after.binding_id, after.first_order) == owner
    assert after.share_id is None, "the share itself is gone"
    sharing_holds()


def test_another_rule_or_binding_changes_no_written_attribution(app: Flask) -> None:
    (first, _), (second, _), buyer = make_shopper(), make_shopper(), make_buyer()
    opened(buyer.user_id, make_share(first))
    order_no = bought(buyer)
    run_pending(app)
    set_setting(RULE, BINDING)
    opened(buyer.user_id, make_share(second))
    with transaction() as session:
        assert not attribute(session, order_no)
    assert (attributed(order_no).inviter_id, attributed(order_no).rule) == (first, LAST_TOUCH)


# -- staff --------------------------------------------------------------------------------------


def test_staff_see_to_whom_orders_belong(app: Flask) -> None:
    (sharer, _), buyer = make_shopper(), make_buyer()
    opened(buyer.user_id, make_share(sharer))
    numbers = [bought(buyer) for _ in range(3)]
    run_pending(app)
    path = "/admin/api/v1/order-attributions"
    staff = Http(app).as_(make_staff("referral:read"))
    page = staff.get(path, inviter_id=str(sharer), limit="2").get_json()
    rest = staff.get(path, inviter_id=str(sharer), limit="2", cursor=page["next_cursor"]).get_json()
    shown = [*page["items"], *rest["items"]]
    assert [one["order_no"] for one in shown] == numbers[::-1]
    assert [one["first_order"] for one in shown] == [False, False, True]
    assert {one["user_id"] for one in shown} == {str(buyer.user_id)}
    assert staff.get(path, user_id=str(sharer)).get_json()["items"] == []
    assert Http(app).as_(make_staff("sharing:read")).get(path).status_code == 403
