"""Staff set a number while shoppers buy: no sale is written over."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from threading import Event
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mall.catalog.models import Sku
from mall.inventory import bulk
from mall.inventory.bulk import StockReport, StockRow, change_stock_in_bulk
from mall.inventory.models import StockMovement
from mall.kernel.db import db
from tests.support.invariants import check_invariants
from tests.support.inventory import Units, units
from tests.support.orders import Buyer, buy, make_buyer, make_goods
from tests.support.races import slow_writes, together
from tests.support.waiting import eventually

UNITS = 10


def buy_after(ready: Event, buyer: Buyer, sku_id: int) -> str:
    assert ready.wait(30)
    return buy(buyer, {sku_id: 1})


def race(app: Flask, ready: Event) -> tuple[list[str], Units, list[Any]]:
    """One sets 10 to 50 while four shoppers, as soon as they may, buy one each: what moved in
    which order."""
    sku_id = make_goods(UNITS)
    code = db.session.execute(select(Sku.sku_code).where(Sku.id == sku_id)).scalar_one()
    row = StockRow(1, code, sellable=50, was=UNITS)
    calls: list[Any] = [partial(buy_after, ready, make_buyer(), sku_id) for _ in range(4)]
    calls.append(partial(change_stock_in_bulk, [row], reason="盘点"))
    with slow_writes("stocks", of="UPDATE", seconds=0.1):
        outcomes = together(app, calls)
    check_invariants()
    moves = db.session.scalars(
        select(StockMovement.kind)
        .where(StockMovement.sku_id == sku_id)
        .order_by(StockMovement.id)
        .offset(1)
    ).all()
    return list(moves), units(sku_id), outcomes


def test_a_sale_between_reading_and_writing_is_kept(app: Flask) -> None:
    ready = Event()
    ready.set()
    moves, left, outcomes = race(app, ready)
    report = outcomes[-1]
    assert isinstance(report, StockReport)
    assert [o for o in outcomes if isinstance(o, Exception)] == []
    if report.applied:
        assert moves == ["put_in"] + ["reserve"] * 4
        assert left == Units(50 - 4, reserved=4)
    else:
        assert moves == ["reserve"] * 4
        assert left == Units(UNITS - 4, reserved=4)
        assert report.faults[0].field == "was"


def unlocked(
    looked: Event, session: Session, ids: Collection[int], *, lock: bool
) -> dict[int, int]:
    """What the bulk change must not do: look without a lock. Then somebody buys."""
    (sku_id,) = ids
    find = text("SELECT sellable FROM stocks WHERE sku_id = :id")

    def sellable() -> int:
        return int(session.execute(find, {"id": sku_id}).scalar_one())

    seen = sellable()
    looked.set()
    eventually(lambda: sellable() < seen)
    return {sku_id: seen}


def test_control_looking_without_a_lock_writes_over_sales(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = Event()
    monkeypatch.setattr(bulk, "_sellable", partial(unlocked, looked))
    moves, _, outcomes = race(app, looked)
    assert outcomes[-1].applied
    assert moves.index("put_in") > 0, "it set what had been sold since"
