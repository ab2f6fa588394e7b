"""What a reduced price is compared with: the shop's prices, and what was really paid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from mall.catalog.models import Sku, Spu
from mall.compliance.campaigns import ReducedPrice
from mall.orders.models import Order, OrderLine


def reduced_prices(
    session: Session, prices: Mapping[int, int], starts_at: datetime | None = None
) -> tuple[ReducedPrice, ...]:
    """The facts of these prices (SKU id → fen), by SKU. Gifts don't count as deals, nor do
    orders that may cost nothing: these are paid with something else, too.

    Deals are those before the campaign starts: what it sells itself is no ground for it.
    """
    until = func.now() if starts_at is None else func.least(func.now(), starts_at)
    unit_fen = OrderLine.payable_fen / OrderLine.quantity
    recent = Order.paid_at >= until - text("interval '7 days'")
    paid = (
        select(
            OrderLine.sku_id,
            # Without a deal in the seven days, the last one before them counts.
            func.coalesce(
                func.min(unit_fen).filter(recent),
                func.array_agg(aggregate_order_by(unit_fen, Order.paid_at.desc()))[1],
            ).label("lowest"),
            func.max(OrderLine.price_fen).label("highest"),
        )
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            OrderLine.sku_id.in_(prices),
            OrderLine.gift.is_(None),
            OrderLine.payable_fen > 0,
            Order.may_be_free.is_(False),
            Order.paid_at >= until - text("interval '90 days'"),
            Order.paid_at < until,
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
