"""An order after it is placed: paid, closed, paid too late, shipped, received."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from mall.kernel.db import constraint_of, db_now, transaction
from mall.orders import states
from mall.orders.closing import close_unpaid
from mall.orders.errors import (
    OrderNotFound,
    OrderStateConflict,
    UnitsNotReturnable,
    UnitsNotShippable,
)
from mall.orders.fulfilling import confirm_due, confirm_receipt
from mall.orders.jobs import auto_confirm
from mall.orders.models import Order
from mall.orders.paying import mark_paid, place_again
from mall.orders.returns import take_back_units
from tests.support import orders
from tests.support.http import Http, error_code
from tests.support.inventory import Units, units
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
)
from tests.support.users import make_shopper


@pytest.fixture
def buyer(app: Flask) -> Buyer:
    return make_buyer()


def close(order_no: str, cause: str = "shopper") -> bool:
    with transaction() as session:
        return close_unpaid(session, order_no, cause)


def again(order_no: str) -> str | None:
    with transaction() as session:
        order = place_again(session, order_no)
        return order.order_no if order else None


def ship(order_no: str, *counts: int) -> None:
    lines = lines_of(order_no)
    wanted = {line.id: n for line, n in zip(lines, counts, strict=True) if n}
    orders.ship(order_no, wanted)


def test_the_table_of_states() -> None:
    assert {(a, b) for a, then in states.TRANSITIONS.items() for b in then} == {
        (None, "unpaid"),
        ("unpaid", "paid"),
        ("unpaid", "closed"),
        ("paid", "shipped"),
        ("paid", "completed"),
        ("paid", "closed"),
        ("shipped", "completed"),
        ("shipped", "closed"),
    }


@pytest.mark.parametrize("step", [("closed", "paid"), ("completed", "closed"), ("paid", "unpaid")])
def test_a_step_outside_the_table_is_a_fault(buyer: Buyer, step: tuple[str, str]) -> None:
    order_no = buy(buyer, {make_goods(): 1})
    with pytest.raises(ValueError, match="doesn't go"), transaction() as session:
        states.move(session, order_of(order_no).id, *step, "test")


def test_paying_sells_what_was_reserved_once(buyer: Buyer) -> None:
    cup = make_goods(10)
    order_no = buy(buyer, {cup: 3})
    pay(order_no)
    assert units(cup) == Units(sellable=7, sold=3)
    with transaction() as session:
        assert not mark_paid(session, order_no, order_of(order_no).payable_fen, db_now(session))
        assert not mark_paid(session, "2601010000000000", 1, db_now(session))
    order = order_of(order_no)
    assert (order.status, order.paid_fen) == ("paid", order.payable_fen)
    assert history_of(order_no) == [(None, "unpaid"), ("unpaid", "paid")]
    check_orders()


def test_any_other_amount_is_no_payment(buyer: Buyer) -> None:
    order_no = buy(buyer, {make_goods(): 1})
    with pytest.raises(IntegrityError) as refused, transaction() as session:
        mark_paid(session, order_no, 1, db_now(session))
    assert constraint_of(refused.value) == "ck_orders_paid"
    assert order_of(order_no).status == "unpaid"


def test_closing_gives_the_stock_back_once(buyer: Buyer) -> None:
    cup = make_goods(10)
    order_no = buy(buyer, {cup: 3})
    assert close(order_no, "expired")
    assert not close(order_no)
    order = order_of(order_no)
    assert (order.status, order.close_reason) == ("closed", "expired")
    assert order.closed_at is not None
    assert units(cup) == Units(sellable=10)
    check_orders()


def test_a_paid_order_is_not_closed_and_a_closed_one_not_paid(buyer: Buyer) -> None:
    paid, closed = buy(buyer, {make_goods(): 1}), buy(buyer, {make_goods(): 1})
    pay(paid)
    assert not close(paid)
    close(closed)
    with transaction() as session:
        assert not mark_paid(session, closed, order_of(closed).payable_fen, db_now(session))
    assert order_of(closed).status == "closed"
    check_orders()


def test_a_late_payment_makes_a_new_order_and_the_old_one_stays_closed(buyer: Buyer) -> None:
    cup, bowl = make_goods(5), make_goods(5)
    old = buy(buyer, {cup: 2, bowl: 1}, "小心轻放")
    close(old)
    new = again(old)
    assert new is not None
    before, after = order_of(old), order_of(new)
    assert (before.status, after.status) == ("closed", "paid")
    assert after.replaces_order_id == before.id
    assert (after.paid_fen, after.remark) == (before.payable_fen, "小心轻放")
    assert after.address_sealed == before.address_sealed
    assert [(x.sku_id, x.quantity, x.payable_fen) for x in lines_of(new)] == [
        (x.sku_id, x.quantity, x.payable_fen) for x in lines_of(old)
    ]
    assert history_of(old) == [(None, "unpaid"), ("unpaid", "closed")]
    assert history_of(new) == [(None, "unpaid"), ("unpaid", "paid")]
    assert units(cup) == Units(sellable=3, sold=2)
    assert again(old) is None
    check_orders()


def test_a_late_payment_without_stock_changes_nothing(buyer: Buyer) -> None:
    cup, bowl = make_goods(5), make_goods(1)
    old = buy(buyer, {cup: 2, bowl: 1})
    close(old)
    buy(make_buyer(), {bowl: 1})
    assert again(old) is None
    assert units(cup) == Units(sellable=5)
    with transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM orders")) == 2
    check_orders()


def test_only_a_closed_unpaid_order_is_placed_again(buyer: Buyer) -> None:
    order_no = buy(buyer, {make_goods(): 1})
    assert again(order_no) is None
    pay(order_no)
    assert again(order_no) is None


def test_an_order_is_shipped_when_its_last_unit_left(buyer: Buyer) -> None:
    order_no = buy(buyer, {make_goods(): 3, make_goods(): 1})
    pay(order_no)
    ship(order_no, 2, 1)
    assert order_of(order_no).status == "paid"
    with pytest.raises(UnitsNotShippable):
        ship(order_no, 2, 0)
    ship(order_no, 1, 0)
    order = order_of(order_no)
    assert order.status == "shipped"
    assert order.shipped_at is not None
    assert order.auto_confirm_at is not None
    assert (order.auto_confirm_at - order.shipped_at).days in (9, 10)
    with pytest.raises(OrderStateConflict):
        ship(order_no, 1, 0)
    check_orders()


@pytest.mark.parametrize("wanted", [{}, {0: 1}, {-1: 1}])
def test_only_units_of_the_order_are_shipped(buyer: Buyer, wanted: dict[int, int]) -> None:
    order_no = buy(buyer, {make_goods(): 3})
    pay(order_no)
    with pytest.raises(UnitsNotShippable):
        orders.ship(order_no, wanted)
    with pytest.raises(UnitsNotShippable):
        orders.ship(order_no, {lines_of(order_no)[0].id: -1})
    with pytest.raises(OrderNotFound):
        orders.ship("2601010000000000", {1: 1})
    other = buy(make_buyer(), {make_goods(): 1})
    pay(other)
    with pytest.raises(UnitsNotShippable):
        orders.ship(order_no, {lines_of(other)[0].id: 1})
    assert lines_of(other)[0].shipped_quantity == 0


@pytest.mark.parametrize("counts", [[], [0], [-1], [3]])
def test_no_more_units_come_back_than_were_sent(buyer: Buyer, counts: list[int]) -> None:
    cup = make_goods(5)
    order_no = buy(buyer, {cup: 3})
    pay(order_no)
    ship(order_no, 2)
    line_id = lines_of(order_no)[0].id
    wanted = dict.fromkeys([line_id], counts[0]) if counts else {}
    with pytest.raises(UnitsNotReturnable), transaction() as session:
        take_back_units(session, order_no, wanted, resellable=True)
    with transaction() as session:
        take_back_units(session, order_no, {line_id: 2}, resellable=True)
    with pytest.raises(UnitsNotReturnable), transaction() as session:
        take_back_units(session, order_no, {line_id: 1}, resellable=False)
    assert units(cup) == Units(sellable=4, sold=1)


def test_units_of_another_order_do_not_come_back(buyer: Buyer) -> None:
    order_no, other = (buy(buyer, {make_goods(): 1}) for _ in range(2))
    for number in (order_no, other):
        pay(number)
        ship(number, 1)
    with pytest.raises(UnitsNotReturnable), transaction() as session:
        take_back_units(session, order_no, {lines_of(other)[0].id: 1}, resellable=True)


def test_an_unpaid_order_is_not_shipped(buyer: Buyer) -> None:
    order_no = buy(buyer, {make_goods(): 1})
    with pytest.raises(OrderStateConflict):
        ship(order_no, 1)


def test_the_shopper_confirms_once_or_twice(buyer: Buyer, http: Http) -> None:
    order_no = buy(buyer, {make_goods(): 1})
    me = http.as_(buyer.token)
    path = f"/api/v1/orders/{order_no}/receipt"
    assert error_code(me.post(path)) == "order_state"
    pay(order_no)
    ship(order_no, 1)
    assert http.as_(make_shopper()[1]).post(path).status_code == 404
    assert me.post(path).status_code == 204
    assert me.post(path).status_code == 204
    assert history_of(order_no)[-1] == ("shipped", "completed")
    assert len(history_of(order_no)) == 4
    check_orders()


def test_time_confirms_what_is_due_and_nothing_else(buyer: Buyer) -> None:
    numbers = [buy(buyer, {make_goods(): 1}) for _ in range(4)]
    for order_no in numbers[:3]:
        pay(order_no)
        ship(order_no, 1)
    with transaction() as session:
        session.execute(
            update(Order)
            .where(Order.order_no.in_(numbers[:2]))
            .values(auto_confirm_at=text("now() - interval '1 second'"))
        )
    assert confirm_due(batch=1) == 1
    auto_confirm()
    assert confirm_due() == 0
    assert [order_of(n).status for n in numbers] == ["completed", "completed", "shipped", "unpaid"]
    check_orders()


def test_confirming_an_unknown_order(buyer: Buyer) -> None:
    with pytest.raises(OrderNotFound):
        confirm_receipt(buyer.user_id, "2601010000000000")
