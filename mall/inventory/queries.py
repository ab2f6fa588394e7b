"""Reads of stock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from mall.catalog.models import Sku, Spu
from mall.inventory.models import Stock, StockMovement
from mall.kernel.prepared import PreparedListStatement

SHOWN_AT_MOST = 99
"""Shoppers see at most this number left; the true one is the shop's secret."""

_SELLABLE = PreparedListStatement(
    ["sku"],
    lambda places: f"SELECT sku_id, sellable FROM stocks WHERE sku_id IN ({places})",  # noqa: S608
)


def sellable(session: Session, sku_ids: Collection[int]) -> dict[int, int]:
    """Units that can be bought now, by SKU; a SKU without a stock row has none."""
    rows = _SELLABLE.rows(session, [list(sku_ids)])
    found = {row.sku_id: row.sellable for row in rows}
    return {sku_id: found.get(sku_id, 0) for sku_id in sku_ids}


def shown(left: int) -> int:
    """The number left as shoppers see it."""
    return min(left, SHOWN_AT_MOST)


def stock_rows(
    session: Session,
    *,
    sku_ids: Collection[int] | None = None,
    sellable_at_most: int | None = None,
    text: str | None = None,
    after: int = 0,
    limit: int,
) -> Sequence[Any]:
    """Stock rows with the names of what they are of, by SKU id, those after `after`; one more than
    `limit`, for paging. `text` is part of a product's name, or begins its code or the SKU's."""
    query = (
        select(*Stock.__table__.c, Sku.sku_code, Sku.spec_values, Spu.spu_code, Spu.name)
        .join_from(Stock, Sku, Sku.id == Stock.sku_id)
        .join(Spu, Spu.id == Sku.spu_id)
        .where(Stock.sku_id > after)
        .order_by(Stock.sku_id)
        .limit(limit + 1)
    )
    if text:
        query = query.where(_is_named(text))
    if sku_ids is not None:
        query = query.where(Stock.sku_id.in_(sku_ids))
    if sellable_at_most is not None:
        query = query.where(Stock.sellable <= sellable_at_most)
    return session.execute(query).all()


def _is_named(text: str) -> ColumnElement[bool]:
    return or_(
        Spu.name.contains(text, autoescape=True),
        Spu.spu_code.startswith(text, autoescape=True),
        Sku.sku_code.startswith(text, autoescape=True),
    )


def movements(
    session: Session, sku_id: int, *, before: int | None, limit: int
) -> list[StockMovement]:
    """Movements of a SKU, newest first; one more than `limit`, for paging."""
    query = select(StockMovement).where(StockMovement.sku_id == sku_id)
    if before is not None:
        query = query.where(StockMovement.id < before)
    return list(session.scalars(query.order_by(StockMovement.id.desc()).limit(limit + 1)))
