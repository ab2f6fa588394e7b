"""Returned units: counted with their line, and put back on sale or scrapped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import case, update
from sqlalchemy.orm import Session

from mall.inventory import commands as inventory
from mall.orders.errors import UnitsNotReturnable
from mall.orders.lines import stock_ref
from mall.orders.locking import lock_order
from mall.orders.models import OrderLine


def take_back_units(
    session: Session, order_no: str, units: Mapping[int, int], *, resellable: bool
) -> None:
    """Count `units` (line id → how many) as come back: on sale again, or scrapped.

    Raises OrderNotFound, and UnitsNotReturnable for none, or more than was sent and isn't back yet.
    Lock order: order, lines, SKUs.
    """
    if not units or min(units.values()) <= 0:
        raise UnitsNotReturnable
    order = lock_order(session, order_no)
    number = case(units, value=OrderLine.id)
    back = session.execute(
        update(OrderLine)
        .where(
            OrderLine.order_id == order.id,
            OrderLine.id.in_(units),
            OrderLine.returned_quantity + number <= OrderLine.shipped_quantity,
        )
        .values(returned_quantity=OrderLine.returned_quantity + number)
        .returning(OrderLine.id, OrderLine.sku_id),
        execution_options={"synchronize_session": False},
    ).all()
    if len(back) != len(units):
        raise UnitsNotReturnable
    by_sku: Counter[int] = Counter()
    for line_id, sku_id in back:
        by_sku[sku_id] += units[line_id]
    put = inventory.take_back if resellable else inventory.scrap
    put(session, by_sku, ref=stock_ref(order_no))
