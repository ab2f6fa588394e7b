"""The books of stock are closed at night, up to an hour ago; the frequent check goes on there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from mall.doctor.checking import RECENT, check
from mall.inventory import closing, commands
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


def hours_pass() -> None:
    change("UPDATE stock_movements SET created_at = created_at - interval '2 hours'")


def night() -> None:
    """Two hours later the books are closed."""
    hours_pass()
    close_books()


def test_a_closing_goes_on_from_the_one_before(app: Flask) -> None:
    sku = stock(make_sku(), 10)
    move(sku, "order:1", "order:2")
    night()
    ((_, first, *numbers),) = closings()
    assert numbers == [8, 2, 0]
    move(sku, "order:3")
    night()
    night()
    ((_, second, *numbers),) = closings()
    assert (second, numbers) == (first + 1, [7, 3, 0])
    assert not found("I3f", often=False)


def test_what_never_moved_has_no_closing(app: Flask) -> None:
    make_sku()
    close_books()
    assert closings() == []


def test_closed_twice_at_once(app: Flask) -> None:
    skus = [stock(make_sku(), 10) for _ in range(5)]
    night()
    for sku in skus:
        move(sku, "order:1")
    hours_pass()
    assert together(app, [close_books] * 4) == [None] * 4
    assert sorted(row[2:] for row in closings()) == [(9, 1, 0)] * 5


def test_the_frequent_check_begins_at_the_closing(app: Flask) -> None:
    sku = stock(make_sku(), 10)
    night()
    move(sku, "order:1")
    assert not found("I3b", often=True)
    change(AFTER)
    assert found("I3b", often=True)
    assert found("I3b", often=False)


def test_what_was_closed_is_read_again_at_night(app: Flask) -> None:
    sku = stock(make_sku(), 10)
    night()
    move(sku, "order:1")
    change(BEFORE)
    assert not found("I3b", often=True)
    assert found("I3b", often=False)
    assert found("I3f", often=False)


def interleaved(sku: int) -> None:
    """A transfer of a unit, between whose movements another is written and the books are closed."""
    step = text(
        "INSERT INTO stock_movements"
        " (sku_id, kind, ref, sellable_delta, reserved_delta, sold_delta)"
        " VALUES (:sku, :kind, 'order:9', :units, - :units, 0)"
    )
    with db.engine.connect() as slow:
        slow.execute(text("BEGIN"))
        slow.execute(step, {"sku": sku, "kind": "release", "units": 1})
        move(sku, "order:1")
        close_books()
        slow.execute(step, {"sku": sku, "kind": "reserve", "units": -1})
        slow.execute(text("COMMIT"))


def test_what_is_written_meanwhile_is_in_no_closing_yet(app: Flask) -> None:
    interleaved(stock(make_sku(), 10))
    assert closings() == []
    night()
    assert not found("I3b", often=True)
    assert not found("I3f", often=False)


def test_control_closed_up_to_now_a_movement_is_lost(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "OPEN_AT_MOST", timedelta(0))
    interleaved(stock(make_sku(), 10))
    assert found("I3b", often=True)
