"""Stock for tests of every feature."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from mall.inventory.commands import receive
from mall.inventory.models import Stock
from mall.kernel.db import transaction


def stock(sku_id: int, quantity: int) -> int:
    """Put units of a SKU on sale; gives the SKU's id back."""
    with transaction() as session:
        receive(session, sku_id, quantity, reason="test", ref="test")
    return sku_id


@dataclass(frozen=True)
class Units:
    """Where the units of a SKU are."""

    sellable: int
    reserved: int = 0
    sold: int = 0


def units(sku_id: int) -> Units:
    """The stock row of a SKU, read in a transaction of its own."""
    with transaction() as session:
        row = session.execute(
            select(Stock.sellable, Stock.reserved, Stock.sold).where(Stock.sku_id == sku_id)
        ).one()
        return Units(row.sellable, row.reserved, row.sold)
