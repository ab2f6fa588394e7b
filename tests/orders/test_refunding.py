"""The arithmetic of refunds: bounds per line, of the freight and in all; stock that returns."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.orders.errors import OrderNotFound, OrderStateConflict, RefundNotPossible
from mall.orders.fulfilling import confirm_receipt
from mall.orders.paying import place_again
from mall.orders.refunding import cancel_refund, reserve_refund, settle_refund
from mall.shipping.settings import FREIGHT_FEN
from tests.support import orders
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

Part = tuple[int, int]
"""Units and fen of one line."""


@pytest.fixture
def buyer(app: Flask) -> Buyer:
    return make_buyer()


def paid_order(buyer: Buyer, *lines: tuple[int, int]) -> tuple[str, list[int]]:
    """A paid order of (price, quantity) lines: its number and its SKUs."""
    skus = [make_goods(20, price_fen) for price_fen, _ in lines]
    order_no = buy(buyer, dict(zip(skus, (n for _, n in lines), strict=True)))
    pay(order_no)
    return order_no, skus


def parts(order_no: str, *wanted: Part | None) -> list[tuple[int, int, int]]:
    lines = lines_of(order_no)
    return [(line.id, *part) for line, part in zip(lines, wanted, strict=True) if part is not None]


def reserve(order_no: str, *wanted: Part | None, freight_fen: int = 0) -> int:
    with transaction() as session:
        return reserve_refund(session, order_no, parts(order_no, *wanted), freight_fen, "staff")


def settle(order_no: str, *wanted: Part | None, freight_fen: int = 0) -> None:
    with transaction() as session:
        settle_refund(
            session,
            order_no,
            parts(order_no, *wanted),
            freight_fen,
            in_all=parts(order_no, *wanted),
        )


def cancel(order_no: str, *wanted: Part | None, freight_fen: int = 0) -> None:
    with transaction() as session:
        cancel_refund(session, order_no, parts(order_no, *wanted), freight_fen)


def refund(order_no: str, *wanted: Part | None, freight_fen: int = 0) -> int:
    amount = reserve(order_no, *wanted, freight_fen=freight_fen)
    settle(order_no, *wanted, freight_fen=freight_fen)
    return amount


def ship(order_no: str, *counts: int) -> None:
    wanted = {line.id: n for line, n in zip(lines_of(order_no), counts, strict=True) if n}
    orders.ship(order_no, wanted)


def money(order_no: str) -> tuple[int, int]:
    order = order_of(order_no)
    return order.refunding_fen, order.refunded_fen


def test_reserve_then_settle(buyer: Buyer) -> None:
    order_no, (cup,) = paid_order(buyer, (10_000, 3))
    assert reserve(order_no, (1, 10_000)) == 10_000
    assert money(order_no) == (10_000, 0)
    assert units(cup) == Units(sellable=17, sold=3)
    settle(order_no, (1, 10_000))
    assert money(order_no) == (0, 10_000)
    assert units(cup) == Units(sellable=18, sold=2)
    assert order_of(order_no).status == "paid"
    check_orders()


def test_a_cancelled_refund_frees_what_it_held(buyer: Buyer) -> None:
    order_no, (cup,) = paid_order(buyer, (1000, 1))
    freight_fen = FREIGHT_FEN.get()
    reserve(order_no, (1, 1000), freight_fen=freight_fen)
    cancel(order_no, (1, 1000), freight_fen=freight_fen)
    assert money(order_no) == (0, 0)
    assert order_of(order_no).freight_refunded_fen == 0
    assert refund(order_no, (1, 1000), freight_fen=freight_fen) == 1000 + freight_fen
    assert units(cup) == Units(sellable=20)
    check_orders()


def test_what_is_on_its_way_does_not_go_again(buyer: Buyer) -> None:
    freight_fen = FREIGHT_FEN.get()
    order_no, _ = paid_order(buyer, (1000, 2))
    reserve(order_no, (2, 2000), freight_fen=freight_fen)
    with pytest.raises(RefundNotPossible):
        reserve(order_no, (1, 1000))
    assert money(order_no) == (2000 + freight_fen, 0)
    check_orders()


def test_all_back_before_shipping_closes_the_order(buyer: Buyer) -> None:
    order_no, (cup, bowl) = paid_order(buyer, (10_000, 2), (5000, 1))
    refund(order_no, (1, 10_000), None)
    refund(order_no, (1, 10_000), None)
    assert order_of(order_no).status == "paid"
    refund(order_no, None, (1, 5000))
    order = order_of(order_no)
    assert (order.status, order.close_reason) == ("closed", "refunded")
    assert history_of(order_no)[-1] == ("paid", "closed")
    assert (units(cup), units(bowl)) == (Units(sellable=20), Units(sellable=20))
    check_orders()


def test_what_was_paid_and_went_back_is_not_placed_again(buyer: Buyer) -> None:
    """Not by a second payment either: only an order that nobody paid is."""
    order_no, _ = paid_order(buyer, (10_000, 1))
    refund(order_no, (1, 10_000))
    assert order_of(order_no).status == "closed"
    with transaction() as session:
        assert place_again(session, order_no) is None


def test_money_without_units_is_a_rebate_and_the_goods_still_leave(buyer: Buyer) -> None:
    order_no, (cup,) = paid_order(buyer, (10_000, 2))
    refund(order_no, (0, 20_000))
    assert order_of(order_no).status == "paid"
    assert lines_of(order_no)[0].rebated_fen == 20_000
    assert units(cup) == Units(sellable=18, sold=2)
    ship(order_no, 2)
    assert order_of(order_no).status == "shipped"
    check_orders()


@pytest.mark.parametrize(
    ("wanted", "freight_fen"),
    [
        ((4, 100), 0),
        ((1, 3001), 0),
        ((3, 3001), 0),
        ((1, 1000), 1001),
        ((0, 0), 0),
        ((1, 0), 0),
        ((-1, 100), 0),
        ((1, -100), 0),
        ((1, 100), -1),
    ],
)
def test_more_than_there_is_is_refused(buyer: Buyer, wanted: Part, freight_fen: int) -> None:
    order_no, _ = paid_order(buyer, (1000, 3))
    with pytest.raises(RefundNotPossible):
        reserve(order_no, wanted, freight_fen=freight_fen)
    assert money(order_no) == (0, 0)
    assert lines_of(order_no)[0].refunded_fen == 0


def test_a_lines_money_is_its_own(buyer: Buyer) -> None:
    order_no, _ = paid_order(buyer, (1000, 1), (9000, 1))
    with pytest.raises(RefundNotPossible):
        reserve(order_no, (1, 1001), None)
    refund(order_no, (1, 600), None)
    with pytest.raises(RefundNotPossible):
        reserve(order_no, (0, 401), None)
    refund(order_no, (0, 400), None)
    check_orders()


def test_another_orders_line_is_not_refunded(buyer: Buyer) -> None:
    mine, _ = paid_order(buyer, (10_000, 1))
    other, _ = paid_order(buyer, (10_000, 1))
    with pytest.raises(RefundNotPossible), transaction() as session:
        reserve_refund(session, mine, parts(other, (1, 100)), 0, "staff")
    assert money(mine) == (0, 0)


def test_a_line_named_twice_is_refused(buyer: Buyer) -> None:
    order_no, _ = paid_order(buyer, (1000, 2))
    with pytest.raises(RefundNotPossible), transaction() as session:
        reserve_refund(session, order_no, parts(order_no, (1, 1000)) * 2, 0, "staff")


def test_only_what_was_paid_is_refunded(buyer: Buyer) -> None:
    order_no = buy(buyer, {make_goods(): 1})
    with pytest.raises(OrderStateConflict):
        reserve(order_no, (1, 100))
    with pytest.raises(OrderNotFound), transaction() as session:
        reserve_refund(session, "2601010000000000", [], 100, "staff")


def test_units_of_an_unpaid_order_do_not_go_back_for_nothing_either(buyer: Buyer) -> None:
    order_no = buy(buyer, {make_goods(): 2})
    with pytest.raises(OrderStateConflict), transaction() as session:
        reserve_refund(session, order_no, parts(order_no, (1, 0)), 0, "toy:1", for_nothing=True)


def test_what_was_not_reserved_is_neither_settled_nor_cancelled(buyer: Buyer) -> None:
    order_no, _ = paid_order(buyer, (1000, 2))
    reserve(order_no, (1, 1000))
    for end in (settle, cancel):
        with pytest.raises(ValueError, match="no such refund"):
            end(order_no, (1, 1001))
    assert money(order_no) == (1000, 0)


def test_units_of_a_refund_are_not_shipped(buyer: Buyer) -> None:
    order_no, (cup,) = paid_order(buyer, (1000, 3))
    reserve(order_no, (1, 1000))
    with pytest.raises(MallError):
        ship(order_no, 3)
    ship(order_no, 2)
    assert order_of(order_no).status == "paid"
    settle(order_no, (1, 1000))
    assert order_of(order_no).status == "shipped"
    assert units(cup) == Units(sellable=18, sold=2)
    check_orders()


def test_when_a_refund_fails_its_units_are_to_be_shipped_again(buyer: Buyer) -> None:
    order_no, _ = paid_order(buyer, (1000, 3))
    reserve(order_no, (1, 1000))
    ship(order_no, 2)
    cancel(order_no, (1, 1000))
    assert order_of(order_no).status == "paid"
    ship(order_no, 1)
    assert order_of(order_no).status == "shipped"
    check_orders()


def test_shipped_units_do_not_return_by_themselves(buyer: Buyer) -> None:
    order_no, (cup,) = paid_order(buyer, (1000, 3))
    ship(order_no, 2)
    refund(order_no, (2, 2000))
    assert units(cup) == Units(sellable=18, sold=2)
    assert lines_of(order_no)[0].restocked_quantity == 1
    assert order_of(order_no).status == "shipped"
    check_orders()


def test_a_completed_order_stays_completed(buyer: Buyer) -> None:
    order_no, (cup,) = paid_order(buyer, (10_000, 1))
    ship(order_no, 1)
    confirm_receipt(buyer.user_id, order_no)
    refund(order_no, (1, 10_000))
    assert order_of(order_no).status == "completed"
    assert units(cup) == Units(sellable=19, sold=1)
    check_orders()


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["refund", "reserve", "settle", "cancel", "ship"]),
            st.integers(0, 4),
            st.integers(0, 4500),
        ),
        max_size=8,
    )
)
def test_no_sequence_breaks_the_sums(app: Flask, steps: list[tuple[str, int, int]]) -> None:
    order_no, (cup,) = paid_order(make_buyer(), (1000, 4))
    open_refunds: list[Part] = []
    for step, count, fen in steps:
        try:
            if step == "ship":
                ship(order_no, count)
            elif step == "reserve":
                reserve(order_no, (count, fen))
                open_refunds.append((count, fen))
            elif step == "refund":
                refund(order_no, (count, fen))
            elif open_refunds:
                (settle if step == "settle" else cancel)(order_no, open_refunds.pop())
        except MallError:
            continue
    line, order = lines_of(order_no)[0], order_of(order_no)
    assert order.refunding_fen + order.refunded_fen == line.refunded_fen + line.rebated_fen
    assert order.refunding_fen == sum(fen for _, fen in open_refunds)
    held = units(cup)
    assert held == Units(sellable=16 + line.restocked_quantity, sold=4 - line.restocked_quantity)
    check_orders()
