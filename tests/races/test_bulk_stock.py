"""Staff set a number while shoppers buy: no sale is written over."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
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
from tests.support.orders import buy, make_buyer, make_goods
from tests.support.races import slow_writes, together

UNITS = 10


def race(app: Flask) -> tuple[list[str], Units, list[Any]]:
    """One sets 10 to 50 while four shoppers buy one each: what moved in which order."""
    sku_id = make_goods(UNITS)
    code = db.session.execute(select(Sku.sku_code).where(Sku.id == sku_id)).scalar_one()
    row = StockRow(1, code, sellable=50, was=UNITS)
    calls: list[Any] = [partial(buy, make_buyer(), {sku_id: 1}) for _ in range(4)]
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
    moves, left, outcomes = race(app)
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


def unlocked(session: Session, ids: Collection[int], *, lock: bool) -> dict[int, int]:
    """What the bulk change must not do: look without a lock."""
    ((sku_id, sellable),) = session.execute(
        text("SELECT sku_id, sellable FROM stocks WHERE sku_id = ANY(:ids)"), {"ids": list(ids)}
    )
    session.execute(text("SELECT pg_sleep(0.3)"))
    return {sku_id: sellable}


def test_control_looking_without_a_lock_writes_over_sales(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "_sellable", unlocked)
    moves, _, outcomes = race(app)
    assert outcomes[-1].applied
    assert moves.index("put_in") > 0, "it set what had been sold since"
