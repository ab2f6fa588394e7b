"""Orders of a kind that isn't shipped: their feature delivers them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from mall.kernel.db import transaction
from mall.orders.errors import NothingIsShipped, OrderStateConflict, UnitsNotShippable
from mall.orders.fulfilling import deliver
from mall.orders.locking import lock_order
from mall.orders.refunding import cancel_refund, reserve_refund, settle_refund
from tests.support.inventory import Units, units
from tests.support.kinds import SERVICE, Toy, place, toys
from tests.support.orders import (
    Buyer,
    buy,
    check_orders,
    history_of,
    lines_of,
    make_buyer,
    make_goods,
    order_of,
    pay,
    ship,
)


@pytest.fixture
def toy(app: Flask) -> Iterator[Toy]:
    with toys() as toy:
        yield toy


@pytest.fixture
def buyer(toy: Toy) -> Buyer:
    return make_buyer()


def service(buyer: Buyer, count: int = 2) -> tuple[str, int]:
    """A paid service of so many units at 10.00: its number and SKU."""
    sku = make_goods()
    order_no = place(buyer, {sku: count}, SERVICE).order_no
    pay(order_no)
    return order_no, sku


def delivered(order_no: str) -> None:
    with transaction() as session:
        deliver(session, lock_order(session, order_no), "service")


def test_from_paid_to_completed(toy: Toy, buyer: Buyer) -> None:
    order_no, sku = service(buyer)
    delivered(order_no)
    assert history_of(order_no)[-1] == ("paid", "completed")
    order = order_of(order_no)
    assert (order.shipped_at, order.completed_at is None) == (None, False)
    assert [line.shipped_quantity for line in lines_of(order_no)] == [2]
    assert toy.hooks(order_no)[-1] == "before_shipping"
    assert units(sku) == Units(8, sold=2)
    with pytest.raises(OrderStateConflict):
        delivered(order_no)
    check_orders()


def test_no_other_way(buyer: Buyer) -> None:
    order_no, _ = service(buyer)
    with pytest.raises(NothingIsShipped):
        ship(order_no, {lines_of(order_no)[0].id: 1})
    unpaid = place(buyer, {make_goods(): 1}, SERVICE).order_no
    normal = buy(buyer, {make_goods(): 1})
    pay(normal)
    for other in (unpaid, normal):
        with pytest.raises(OrderStateConflict):
            delivered(other)
    assert [order_of(one).status for one in (order_no, unpaid, normal)] == [
        *("paid", "unpaid", "paid")
    ]


@pytest.mark.parametrize("count", [1, 2])
def test_not_while_units_of_it_are_being_refunded(buyer: Buyer, count: int) -> None:
    """Otherwise it would be over with nothing delivered, or a unit less than is paid for
    should that refund be cancelled."""
    order_no, sku = service(buyer)
    back = [(lines_of(order_no)[0].id, count, count * 1_000)]
    with transaction() as session:
        reserve_refund(session, order_no, back, 0, "staff")
    with pytest.raises(UnitsNotShippable):
        delivered(order_no)
    with transaction() as session:
        cancel_refund(session, order_no, back, 0)
        reserve_refund(session, order_no, back, 0, "staff")
        settle_refund(session, order_no, back, 0, in_all=back)
    if count == 1:
        delivered(order_no)
        assert [line.shipped_quantity for line in lines_of(order_no)] == [1]
        assert units(sku) == Units(9, sold=1)
    else:
        assert order_of(order_no).status == "closed"
        assert units(sku) == Units(10)
    check_orders()


def test_a_rebate_under_way_holds_nothing_up(buyer: Buyer) -> None:
    order_no, _ = service(buyer)
    with transaction() as session:
        reserve_refund(session, order_no, [(lines_of(order_no)[0].id, 0, 500)], 0, "toy:tier:1")
    delivered(order_no)
    assert order_of(order_no).status == "completed"
