"""Reserving a new order's stock, less what participants have transferred to it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.inventory import commands as inventory
from mall.orders import participants
from mall.orders.lines import stock_ref
from mall.orders.placed import PlacedOrder


def reserve_units(session: Session, order: PlacedOrder) -> None:
    """All units of the order are reserved for it. Raises OutOfStock, and what a participant
    refuses."""
    transferred = participants.before_reserving(session, order)
    wanted = {sku_id: n for sku_id, n in order.units.items() if sku_id not in transferred}
    inventory.reserve(session, wanted, ref=stock_ref(order.order_no))
