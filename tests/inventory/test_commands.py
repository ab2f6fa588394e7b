"""Stock movements: every number changes by its movement, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from mall.inventory import commands
from mall.inventory.errors import OutOfStock, StockMismatch
from mall.inventory.models import StockMovement
from mall.inventory.transfer import Transfer, transfer
from mall.kernel.db import constraint_of, transaction
from tests.support.catalog import make_sku
from tests.support.invariants import rows_of
from tests.support.inventory import Units, stock, units

Command = Callable[..., None]


def act(command: Command, quantities: Mapping[int, int], ref: str = "order:1") -> None:
    with transaction() as session:
        command(session, quantities, ref=ref)


def movements(sku_id: int) -> list[tuple[str, int, int, int]]:
    with transaction() as session:
        rows = session.execute(
            select(
                StockMovement.kind,
                StockMovement.sellable_delta,
                StockMovement.reserved_delta,
                StockMovement.sold_delta,
            )
            .where(StockMovement.sku_id == sku_id)
            .order_by(StockMovement.id)
        )
        return [(kind, sellable, reserved, sold) for kind, sellable, reserved, sold in rows]


def test_the_life_of_a_unit(app: Flask) -> None:
    sku = stock(make_sku(), 10)
    act(commands.reserve, {sku: 4})
    assert units(sku) == Units(sellable=6, reserved=4)
    act(commands.sell, {sku: 4})
    assert units(sku) == Units(sellable=6, sold=4)
    act(commands.take_back, {sku: 1})
    assert units(sku) == Units(sellable=7, sold=3)
    act(commands.reserve, {sku: 7}, "order:2")
    act(commands.release, {sku: 7}, "order:2")
    assert units(sku) == Units(sellable=7, sold=3)
    assert movements(sku) == [
        ("put_in", 10, 0, 0),
        ("reserve", -4, 4, 0),
        ("sell", 0, -4, 4),
        ("take_back", 1, 0, -1),
        ("reserve", -7, 7, 0),
        ("release", 7, -7, 0),
    ]


def test_receiving_again_adds_and_take_out_takes_from_what_is_sellable(app: Flask) -> None:
    sku = stock(stock(make_sku(), 3), 2)
    with transaction() as session:
        commands.take_out(session, sku, 4, reason="broken", ref="staff")
    assert units(sku) == Units(sellable=1)
    with pytest.raises(OutOfStock), transaction() as session:
        commands.take_out(session, sku, 2, reason="lost", ref="staff")
    assert units(sku) == Units(sellable=1)


def test_a_reservation_is_for_every_sku_or_for_none(app: Flask) -> None:
    plenty, scarce = stock(make_sku(), 10), stock(make_sku(), 2)
    with pytest.raises(OutOfStock) as refused:
        act(commands.reserve, {plenty: 1, scarce: 3})
    assert (refused.value.sku_id, refused.value.left) == (scarce, 2)
    assert refused.value.param == str(scarce)
    assert units(plenty) == Units(sellable=10)
    assert units(scarce) == Units(sellable=2)
    assert [kind for kind, *_ in movements(plenty)] == ["put_in"]


def test_a_refusal_changes_nothing_even_when_the_transaction_goes_on(app: Flask) -> None:
    plenty, scarce = stock(make_sku(), 10), stock(make_sku(), 2)
    with transaction() as session:
        with pytest.raises(OutOfStock):
            commands.reserve(session, {plenty: 1, scarce: 3}, ref="order:1")
        commands.reserve(session, {scarce: 2}, ref="order:1")
    assert units(plenty) == Units(sellable=10)
    assert units(scarce) == Units(sellable=0, reserved=2)


def test_a_sku_without_a_stock_row_is_sold_out(app: Flask) -> None:
    sku = make_sku()
    with pytest.raises(OutOfStock) as refused:
        act(commands.reserve, {sku: 1})
    assert refused.value.left == 0


@pytest.mark.parametrize("command", [commands.release, commands.sell, commands.take_back])
def test_what_is_not_held_cannot_be_moved(app: Flask, command: Command) -> None:
    sku = stock(make_sku(), 5)
    with pytest.raises(StockMismatch):
        act(command, {sku: 1})
    assert units(sku) == Units(sellable=5)


@pytest.mark.parametrize("command", [commands.sell, commands.release])
def test_an_order_settles_its_reservation_once(app: Flask, command: Command) -> None:
    sku = stock(make_sku(), 5)
    act(commands.reserve, {sku: 1}, "order:1")
    act(commands.reserve, {sku: 1}, "order:2")
    act(command, {sku: 1}, "order:1")
    with pytest.raises(IntegrityError) as refused:
        act(command, {sku: 1}, "order:1")
    assert constraint_of(refused.value) == "uq_stock_movements_once"


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_movement_moves_at_least_one_unit(app: Flask, quantity: int) -> None:
    sku = stock(make_sku(), 5)
    with pytest.raises(ValueError, match="at least one"):
        act(commands.reserve, {sku: quantity})


def test_nothing_to_move_is_no_movement(app: Flask) -> None:
    act(commands.take_back, {})
    with transaction() as session:
        assert session.scalars(select(StockMovement.id)).all() == []


def test_the_table_itself_refuses_numbers_that_do_not_add_up(app: Flask) -> None:
    sku = stock(make_sku(), 5)

    def break_it(session: Session, change: str) -> None:
        session.execute(text(f"UPDATE stocks SET {change} WHERE sku_id = :id"), {"id": sku})

    for change, constraint in (
        ("sellable = sellable - 1", "ck_stocks_adds_up"),
        ("sellable = -1, reserved = 6", "ck_stocks_not_negative"),
    ):
        with pytest.raises(IntegrityError) as refused, transaction() as session:
            break_it(session, change)
        assert constraint_of(refused.value) == constraint


def test_reserved_units_change_hands_and_the_row_stays(app: Flask) -> None:
    one, other = stock(make_sku(), 10), stock(make_sku(), 10)
    act(commands.reserve, {one: 5, other: 1}, ref="sale:1")
    with transaction() as session:
        transfer(
            session,
            [
                Transfer(one, 2, "sale:1:A", "order:A"),
                Transfer(one, 3, "sale:1:B", "order:B"),
                Transfer(other, 1, "sale:1:C", "order:C"),
            ],
        )
        transfer(session, [])
    assert units(one) == Units(5, reserved=5)
    assert units(other) == Units(9, reserved=1)
    assert movements(one)[2:] == [
        ("release", 2, -2, 0),
        ("reserve", -2, 2, 0),
        ("release", 3, -3, 0),
        ("reserve", -3, 3, 0),
    ]
    act(commands.sell, {one: 3}, ref="order:B")
    assert units(one) == Units(5, reserved=2, sold=3)
    for code in ("I3a", "I3b"):
        assert not rows_of(code)


def test_the_same_units_change_hands_once(app: Flask) -> None:
    sku_id = stock(make_sku(), 10)
    act(commands.reserve, {sku_id: 5}, ref="sale:1")
    move = Transfer(sku_id, 2, "sale:1:A", "order:A")
    with transaction() as session:
        transfer(session, [move])
    with pytest.raises(DBAPIError, match="uq_stock_movements_once"), transaction() as session:
        transfer(session, [move])
    with pytest.raises(ValueError, match="at least one"), transaction() as session:
        transfer(session, [Transfer(sku_id, 0, "sale:1:B", "order:B")])
    assert len(movements(sku_id)) == 4
