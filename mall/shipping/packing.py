"""What shipping and pick-up share: which units are left to send, and the parcel's rows."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.kernel.db import constraint_of
from mall.orders.models import OrderLine
from mall.shipping.errors import ParcelAlreadyRecorded, TooManyParcels
from mall.shipping.models import Shipment, ShipmentLine
from mall.shipping.rules import MAX_PARCELS


def all_left(session: Session, order_id: int) -> dict[int, int]:
    """Line id → units that were neither sent nor refunded, nor are being refunded."""
    left = OrderLine.quantity - OrderLine.shipped_quantity - OrderLine.refunded_quantity
    rows = session.execute(
        select(OrderLine.id, left).where(OrderLine.order_id == order_id, left > 0)
    )
    return {line_id: int(units) for line_id, units in rows}


def next_number(session: Session, order_id: int, *, complete: bool) -> int:
    number = 1 + (session.scalar(select(func.count()).where(Shipment.order_id == order_id)) or 0)
    if number > MAX_PARCELS or (number == MAX_PARCELS and not complete):
        raise TooManyParcels
    return number


def insert_parcel(session: Session, parcel: dict[str, object], units: Mapping[int, int]) -> None:
    try:
        shipment_id = session.execute(
            insert(Shipment).values(**parcel).returning(Shipment.id)
        ).scalar_one()
    except IntegrityError as error:
        raise named(error) from None
    session.execute(
        insert(ShipmentLine),
        [
            {"shipment_id": shipment_id, "line_id": line_id, "quantity": quantity}
            for line_id, quantity in units.items()
        ],
    )


def named(error: IntegrityError) -> Exception:
    if constraint_of(error) == "uq_shipments_order_id_carrier_code_tracking_no":
        return ParcelAlreadyRecorded(param="tracking_no")
    return error
