"""The books of stock are closed at night, and the frequent check goes on from there."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import text

from mall.doctor.checking import RECENT, check
from mall.inventory import commands
from mall.inventory.closing import close_books
from mall.kernel.db import db, transaction
from mall.kernel.invariants import INVARIANTS, Rows
from tests.support.catalog import make_sku
from tests.support.inventory import stock
from tests.support.races import together

BEFORE = """
    UPDATE stock_movements SET sellable_delta = sellable_delta + 1
    WHERE id <= (SELECT min(movement_id) FROM stock_closings)
"""
AFTER = """
    UPDATE stock_movements SET sellable_delta = sellable_delta + 1
    WHERE id > (SELECT max(movement_id) FROM stock_closings)
"""


def move(sku: int, *refs: str) -> None:
    for ref in refs:
        with transaction() as session:
            commands.reserve(session, {sku: 1}, ref=ref)


def closings() -> list[tuple[int, ...]]:
    columns = "sku_id, movement_id, sellable, reserved, sold"
    return [tuple(row) for row in db.session.execute(text(f"SELECT {columns} FROM stock_closings"))]


def found(code: str, *, often: bool) -> Rows:
    db.session.rollback()
    outcome = check(INVARIANTS[code], recent=RECENT if often else None)
    assert outcome.fault is None
    return outcome.rows


def change(sql: str) -> None:
    with transaction() as session:
        assert session.execute(text(sql)).rowcount  # type: ignore[attr-defined]


def test_a_closing_goes_on_from_the_one_before(app: Flask) -> None:
    sku = stock(make_sku(), 10)
    move(sku, "order:1", "order:2")
    close_books()
    ((_, first, *numbers),) = closings()
    assert numbers == [8, 2, 0]
    move(sku, "order:3")
    close_books()
    close_books()
    ((_, second, *numbers),) = closings()
    assert (second, numbers) == (first + 1, [7, 3, 0])
    assert not found("I3f", often=False)


def test_what_never_moved_has_no_closing(app: Flask) -> None:
    make_sku()
    close_books()
    assert closings() == []


def test_closed_twice_at_once(app: Flask) -> None:
    skus = [stock(make_sku(), 10) for _ in range(5)]
    close_books()
    for sku in skus:
        move(sku, "order:1")
    assert together(app, [close_books] * 4) == [None] * 4
    assert sorted(row[2:] for row in closings()) == [(9, 1, 0)] * 5


def test_the_frequent_check_begins_at_the_closing(app: Flask) -> None:
    sku = stock(make_sku(), 10)
    close_books()
    move(sku, "order:1")
    assert not found("I3b", often=True)
    change(AFTER)
    assert found("I3b", often=True)
    assert found("I3b", often=False)


def test_what_was_closed_is_read_again_at_night(app: Flask) -> None:
    sku = stock(make_sku(), 10)
    close_books()
    move(sku, "order:1")
    change(BEFORE)
    assert not found("I3b", often=True)
    assert found("I3b", often=False)
    assert found("I3f", often=False)
