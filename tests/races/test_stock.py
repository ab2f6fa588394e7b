"""Sixty shoppers and ten units; orders that cross; each with a control that oversells."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from mall.cart import commands as cart
from mall.cart.models import CartLine
from mall.inventory import commands
from mall.inventory.errors import OutOfStock
from mall.kernel.db import db, transaction
from mall.orders.models import Order
from tests.support.invariants import check_invariants
from tests.support.inventory import Units, units
from tests.support.orders import Buyer, buy, make_buyer, make_goods
from tests.support.races import Rendezvous, together, without

SHOPPERS = 60
UNITS = 10


def rush(app: Flask, lines: dict[int, int]) -> list[str | Exception]:
    buyers: list[Buyer] = [make_buyer() for _ in range(SHOPPERS)]
    return together(app, [partial(buy, buyer, lines) for buyer in buyers])


def orders_in_all() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Order)) or 0


def test_sixty_shoppers_and_ten_units_make_ten_orders(app: Flask) -> None:
    sku = make_goods(UNITS)
    outcomes = rush(app, {sku: 1})
    refusals = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert len(refusals) == SHOPPERS - UNITS
    assert {type(refusal) for refusal in refusals} == {OutOfStock}
    assert orders_in_all() == UNITS
    assert units(sku) == Units(sellable=0, reserved=UNITS)
    check_invariants()


def test_orders_of_several_skus_neither_oversell_nor_deadlock(app: Flask) -> None:
    first, second = make_goods(40), make_goods(UNITS)
    buyers = [make_buyer() for _ in range(SHOPPERS)]
    ways = ({first: 1, second: 1}, {second: 1, first: 2})
    calls = [partial(buy, buyer, ways[i % 2]) for i, buyer in enumerate(buyers)]
    outcomes = together(app, calls)
    refusals = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert {type(refusal) for refusal in refusals} == {OutOfStock}
    assert orders_in_all() == UNITS
    assert units(second) == Units(sellable=0, reserved=UNITS)
    assert units(first).sellable + units(first).reserved == 40
    check_invariants()


def read_then_write(
    others: Rendezvous, session: Session, quantities: dict[int, int], *, ref: str
) -> None:
    """What a reservation must not do: look first, write later."""
    ((sku_id, quantity),) = quantities.items()
    find = text("SELECT sellable FROM stocks WHERE sku_id = :id")
    left = session.scalar(find, {"id": sku_id}) or 0
    if left < quantity:
        raise OutOfStock(sku_id, left)
    others()
    session.execute(
        text("UPDATE stocks SET sellable = :left, reserved = reserved + :n WHERE sku_id = :id"),
        {"left": left - quantity, "n": quantity, "id": sku_id},
    )


def test_control_reading_before_writing_oversells(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    sku = make_goods(UNITS)
    monkeypatch.setattr(commands, "reserve", partial(read_then_write, Rendezvous(UNITS + 1)))
    with without(
        "ALTER TABLE stocks DROP CONSTRAINT ck_stocks_adds_up",
        "ALTER TABLE stocks ADD CONSTRAINT ck_stocks_adds_up"
        " CHECK (sellable + reserved + sold = received)",
        table="stocks",
    ):
        rush(app, {sku: 1})
        assert orders_in_all() > UNITS


def in_cart(sku_id: int) -> int:
    db.session.rollback()
    return db.session.scalar(select(CartLine.quantity).where(CartLine.sku_id == sku_id)) or 0


def careless_add(others: Rendezvous, user_id: int, sku_id: int, quantity: int) -> None:
    with transaction() as session:
        key = {"user": user_id, "sku": sku_id}
        found = session.scalar(
            text("SELECT quantity FROM cart_lines WHERE user_id = :user AND sku_id = :sku"), key
        )
        others()
        session.execute(
            text(
                "INSERT INTO cart_lines (user_id, sku_id, quantity, slot)"
                " VALUES (:user, :sku, :n, 1)"
                " ON CONFLICT (user_id, sku_id) DO UPDATE SET quantity = excluded.quantity"
            ),
            {**key, "n": (found or 0) + quantity},
        )


@pytest.mark.parametrize(
    ("add", "exact"),
    [(cart.add, True), (partial(careless_add, Rendezvous(20)), False)],
    ids=["add", "control"],
)
def test_presses_on_add_to_cart_add_up(
    app: Flask, add: Callable[[int, int, int], object], exact: bool
) -> None:
    buyer, sku = make_buyer(), make_goods(100)
    together(app, [partial(add, buyer.user_id, sku, 1)] * 20)
    assert (in_cart(sku) == 20) is exact
