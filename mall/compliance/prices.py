"""What a reduced price is compared with: the shop's prices, and what was really paid."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from mall.catalog.models import Sku, Spu
from mall.compliance.campaigns import ReducedPrice
from mall.orders.models import Order, OrderLine

_PAID_AFTER = func.now() - text("interval '90 days'")
_RECENT = Order.paid_at >= func.now() - text("interval '7 days'")


def reduced_prices(session: Session, prices: Mapping[int, int]) -> tuple[ReducedPrice, ...]:
    """The facts of these prices (SKU id → fen), by SKU. Gifts don't count as deals."""
    paid = (
        select(
            OrderLine.sku_id,
            func.min(OrderLine.payable_fen / OrderLine.quantity).filter(_RECENT).label("lowest"),
            func.max(OrderLine.price_fen).label("highest"),
        )
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            OrderLine.sku_id.in_(prices),
            OrderLine.gift.is_(None),
            OrderLine.payable_fen > 0,
            Order.paid_at >= _PAID_AFTER,
        )
        .group_by(OrderLine.sku_id)
        .subquery()
    )
    rows = session.execute(
        select(Sku.id, Spu.name, Sku.price_fen, Sku.list_price_fen, paid.c.lowest, paid.c.highest)
        .join(Spu, Spu.id == Sku.spu_id)
        .outerjoin(paid, paid.c.sku_id == Sku.id)
        .where(Sku.id.in_(prices))
        .order_by(Sku.id)
    )
    return tuple(
        ReducedPrice(
            row.name,
            prices[row.id],
            row.price_fen,
            row.list_price_fen,
            None if row.lowest is None else int(row.lowest),
            row.highest,
        )
        for row in rows
    )
