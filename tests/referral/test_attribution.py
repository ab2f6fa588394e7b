"""Attribution: a paid order belongs to one share, channel or binding, and never to another."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from mall.kernel.jobs import run_pending
from mall.referral.attribution.events import OrderAttributed
from mall.referral.attribution.models import LAST_TOUCH
from mall.referral.attribution.queries import attribution_of
from tests.support.heard import heard
from tests.support.invariants import rows_of
from tests.support.orders import Buyer, buy, make_buyer, make_goods, pay
from tests.support.sharing import day_of, days_pass, make_share, opened
from tests.support.users import make_shopper

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


def check_shares() -> None:
    """The promises of shares hold; the orders here have no payments of WeChat."""
    for one in ("I34a", "I34b", "I21a", "I21b", "I21c", "I21d"):
        assert not rows_of(one)


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
    check_shares()


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
    check_shares()


@pytest.mark.parametrize(("days", "orders"), [(6, 1), (8, 0)])
def test_an_opening_brings_orders_for_some_days(app: Flask, days: int, orders: int) -> None:
    sharer, _ = make_shopper()
    buyer = make_buyer()
    opened(buyer.user_id, make_share(sharer))
    days_pass(days)
    bought(buyer)
    run_pending(app)
    assert day_of_today(sharer) == orders
    check_shares()


def day_of_today(sharer_id: int) -> int:
    query = text("SELECT coalesce(sum(orders), 0) FROM share_days WHERE user_id = :user_id")
    with transaction() as session:
        return int(session.scalar(query, {"user_id": sharer_id}) or 0)
