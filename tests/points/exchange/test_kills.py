"""kill -9 around the commits of an exchange and of its delivery, and the same again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db
from tests.points.exchange.dying import COMMANDS
from tests.support.dying import Die, dying
from tests.support.exchange import code_statuses, make_code_item, make_rich_buyer, stock_of
from tests.support.invariants import check_invariants
from tests.support.orders import order_of
from tests.support.points import figures


@pytest.fixture(scope="module")
def die(environment: dict[str, str]) -> Iterator[Die]:
    """Run a command that must die at a failpoint."""
    with dying("tests.points.exchange.dying", environment) as die:
        yield die


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_exchange_for_points(app: Flask, work: Callable[[], None], die: Die, when: str) -> None:
    """Its order, unit and points are there together or not at all; the code comes once."""
    user_id = make_rich_buyer(100).user_id
    item = make_code_item("VIP-2026-0001", "VIP-2026-0002")
    wanted = f"{user_id} {item}"
    die(f"orders.{when}_order_commit", "place", wanted)
    if when == "before":
        assert (figures(user_id), stock_of(item)) == ((100, 0, 0, 0), (2, 0))
        COMMANDS["place"](wanted)
    assert (figures(user_id), stock_of(item)) == ((0, 0, 0, 0), (1, 1))
    (order_no,) = db.session.scalars(text("SELECT order_no FROM orders")).all()
    db.session.rollback()

    die(f"exchange.{when}_delivery_commit", "deliver", order_no)
    assert code_statuses(item).count("delivered") == (when == "after")
    work()  # the job of the order is still there
    assert (order_of(order_no).status, code_statuses(item)) == ("completed", ["delivered", "free"])
    check_invariants()
