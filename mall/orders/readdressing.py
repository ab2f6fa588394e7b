"""Another address for an order of which nothing has left. Freight is shipping's affair."""

from __future__ import annotations

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from mall.orders.addresses import KeptAddress, open_address
from mall.orders.errors import OrderStateConflict
from mall.orders.locking import LockedOrder
from mall.orders.models import Order, OrderLine
from mall.orders.states import PAID, UNPAID
from mall.users.addressing import AddressSnapshot

READDRESSABLE = (UNPAID, PAID)


def address_of(session: Session, order_id: int) -> AddressSnapshot:
    """Where an order goes; personal. Raises OrderStateConflict for one that goes nowhere."""
    sealed = session.scalars(select(Order.address_sealed).where(Order.id == order_id)).one()
    address = open_address(sealed)
    if address is None:
        raise OrderStateConflict
    return address


def replace_address(session: Session, order: LockedOrder, address: AddressSnapshot) -> None:
    """Send a locked order to `address`. Its price stays.

    Raises OrderStateConflict when it is neither unpaid nor paid, or a unit has left.
    """
    sent = exists().where(OrderLine.order_id == order.id, OrderLine.shipped_quantity > 0)
    replaced = session.execute(
        update(Order)
        .where(Order.id == order.id, Order.status.in_(READDRESSABLE), ~sent)
        .values(**KeptAddress.of(address).columns(), region_code=address.region_code)
        .returning(Order.id),
        execution_options={"synchronize_session": False},
    )
    if replaced.first() is None:
        raise OrderStateConflict
