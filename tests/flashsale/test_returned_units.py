"""Orders of a sale that end without their goods leaving: the units go back, once."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from sqlalchemy import text

from mall.flashsale.gate import figures
from mall.flashsale.orders.participant import release_ticket
from mall.flashsale.planning import running
from mall.flashsale.planning.aborting import abort_orders
from mall.flashsale.reconciliation.reconciling import differences
from mall.kernel.db import db, transaction
from mall.orders.closing import close_unpaid
from mall.orders.paying import place_again
from mall.orders.refunding import reserve_refund, settle_refund
from tests.support.flash_orders import Sale, attempt, held, open_sale, sold, tickets, work_through
from tests.support.inventory import Units, units
from tests.support.orders import (
    Buyer,
    buy,
    check_orders,
    lines_of,
    make_buyer,
    make_goods,
    order_of,
    pay,
)


def bought(sale: Sale, buyer: Buyer, count: int = 2) -> tuple[str, str]:
    """An unpaid order of the sale: its ticket and its number."""
    ticket = attempt(sale.where, buyer, count)
    work_through()
    status, order_no = tickets(sale.item_id)[ticket]
    assert status == "ordered"
    assert order_no is not None
    return ticket, order_no


def close(order_no: str) -> bool:
    with transaction() as session:
        return close_unpaid(session, order_no, "expired")


def refund(order_no: str, quantity: int, freight_fen: int = 0) -> None:
    """Units refunded in full, as payments would tell it."""
    [line] = lines_of(order_no)
    lines = [(line.id, quantity, quantity * line.payable_fen // line.quantity)]
    with transaction() as session:
        reserve_refund(session, order_no, lines, freight_fen, "staff")
        settle_refund(session, order_no, lines, freight_fen, in_all=lines)


def left(sale: Sale) -> int:
    [part] = figures(sale.where)
    assert part is not None
    return part.left


def test_unpaid_and_closed(app: Flask, work: Callable[[], None]) -> None:
    sale, buyer = open_sale(10, shelf=15), make_buyer()
    ticket, order_no = bought(sale, buyer)
    assert attempt(sale.where, buyer) == "limit_reached"
    assert left(sale) == 8
    assert close(order_no)
    assert not close(order_no)
    assert (sold(sale.item_id), held(sale.item_id, buyer.user_id)) == (0, 0)
    assert units(sale.sku_id) == Units(5, reserved=10)
    assert tickets(sale.item_id) == {ticket: ("released", order_no)}
    work()
    assert left(sale) == 10
    assert not differences()
    _, again = bought(sale, buyer)
    pay(again)
    assert units(sale.sku_id) == Units(5, reserved=8, sold=2)


def test_the_gate_learns_of_it_once(app: Flask, work: Callable[[], None]) -> None:
    sale, buyer = open_sale(), make_buyer()
    _, order_no = bought(sale, buyer)
    close(order_no)
    with transaction() as session:
        args = session.scalars(
            text(
                "SELECT args - '_request_id' FROM procrastinate_jobs"
                " WHERE task_name = 'flashsale.release_ticket'"
            )
        ).one()
    for _ in range(3):
        release_ticket(**args)
    work()
    assert left(sale) == 10


def test_paid_and_refunded_in_full_before_shipping(app: Flask, work: Callable[[], None]) -> None:
    sale, buyer = open_sale(10, shelf=15), make_buyer()
    ticket, order_no = bought(sale, buyer)
    pay(order_no)
    refund(order_no, 2, freight_fen=1000)
    assert order_of(order_no).status == "closed"
    assert tickets(sale.item_id)[ticket][0] == "released"
    assert (sold(sale.item_id), held(sale.item_id, buyer.user_id)) == (0, 0)
    assert units(sale.sku_id) == Units(5, reserved=10)
    work()
    assert left(sale) == 10
    assert not differences()


def test_a_part_that_is_refunded_goes_to_the_shelf(app: Flask) -> None:
    sale, buyer = open_sale(10, shelf=15), make_buyer()
    ticket, order_no = bought(sale, buyer)
    pay(order_no)
    refund(order_no, 1)
    assert tickets(sale.item_id)[ticket][0] == "ordered"
    assert units(sale.sku_id) == Units(6, reserved=8, sold=1)
    assert sold(sale.item_id) == 2


def test_units_that_the_shelf_has_sold_meanwhile_stay_bought(app: Flask) -> None:
    sale, buyer = open_sale(10), make_buyer()
    ticket, order_no = bought(sale, buyer)
    pay(order_no)
    refund(order_no, 1)
    with transaction() as session:
        session.execute(
            text("UPDATE stocks SET sellable = 0, received = received - 1 WHERE sku_id = :sku"),
            {"sku": sale.sku_id},
        )
    refund(order_no, 1, freight_fen=1000)
    assert order_of(order_no).status == "closed"
    assert tickets(sale.item_id)[ticket][0] == "ordered"
    assert sold(sale.item_id) == 2
    assert units(sale.sku_id) == Units(1, reserved=8)


def test_sent_goods_stay_bought(app: Flask) -> None:
    sale, buyer = open_sale(10, shelf=15), make_buyer()  # the shelf has others like them
    ticket, order_no = bought(sale, buyer)
    pay(order_no)
    with transaction() as session:
        session.execute(text("UPDATE order_lines SET shipped_quantity = quantity"))
        session.execute(text("UPDATE orders SET status = 'shipped'"))
    refund(order_no, 2, freight_fen=1000)
    assert order_of(order_no).status == "closed"
    assert tickets(sale.item_id)[ticket][0] == "ordered"
    assert sold(sale.item_id) == 2


def test_after_the_end_they_stay_on_the_shelf(app: Flask, work: Callable[[], None]) -> None:
    sale, buyer = open_sale(10), make_buyer()
    ticket, order_no = bought(sale, buyer)
    with transaction() as session:
        session.execute(text("UPDATE flash_sessions SET ends_at = now()"))
    assert running.end_if_due(sale.session_id)
    assert running.settle(sale.session_id)
    assert units(sale.sku_id) == Units(8, reserved=2)
    assert close(order_no)
    assert units(sale.sku_id) == Units(10)
    assert tickets(sale.item_id)[ticket][0] == "released"
    assert (sold(sale.item_id), held(sale.item_id, buyer.user_id)) == (0, 0)
    work()
    check_orders()


def test_a_payment_that_comes_too_late_makes_no_order(app: Flask) -> None:
    sale, buyer = open_sale(10, shelf=20), make_buyer()
    _, order_no = bought(sale, buyer)
    close(order_no)
    with transaction() as session:
        assert place_again(session, order_no) is None
    assert sold(sale.item_id) == 0


def test_orders_of_the_shop_are_left_alone(app: Flask) -> None:
    sku = make_goods(10)
    order_no = buy(make_buyer(), {sku: 2})
    assert close(order_no)
    assert units(sku) == Units(10)
    check_orders()


def test_an_abort_that_comes_to_a_draft_does_nothing(app: Flask) -> None:
    sale, buyer = open_sale(), make_buyer()
    _, order_no = bought(sale, buyer)
    abort_orders(sale.session_id)
    assert order_of(order_no).status == "unpaid"
    db.session.rollback()
