"""Small reads on an order's lines that the commands share."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.orders.models import OrderLine


def quantities(session: Session, order_id: int) -> dict[int, int]:
    """Units of an order by SKU."""
    rows = session.execute(
        select(OrderLine.sku_id, func.sum(OrderLine.quantity))
        .where(OrderLine.order_id == order_id)
        .group_by(OrderLine.sku_id)
    )
    return {sku_id: int(count) for sku_id, count in rows}


def stock_ref(order_no: str) -> str:
    """What an order's stock movements refer to."""
    return f"order:{order_no}"
