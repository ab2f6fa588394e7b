"""Sending an order's goods on their way, in one parcel or several."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.kernel.db import constraint_of, transaction
from mall.orders import fulfilling
from mall.orders.errors import OrderNotFound, OrderStateConflict
from mall.orders.models import Order, OrderLine
from mall.orders.states import PAID, SHIPPED
from mall.shipping import queries, uploads
from mall.shipping.errors import (
    CorrectionUsed,
    NoSuchShipment,
    NothingToShip,
    ParcelAlreadyRecorded,
    TooManyParcels,
    UploadNotFailed,
)
from mall.shipping.models import Shipment, ShipmentLine
from mall.shipping.rules import MAX_PARCELS
from mall.staff.audit import record


def ship(
    order_no: str,
    carrier_code: str,
    tracking_no: str,
    units: Mapping[int, int] | None = None,
) -> int:
    """Record a parcel with `units` (line id → how many) of a paid order, or all that is left.

    Once nothing is left the order is shipped. WeChat is told by a job. Returns the
    parcel's number within the order. Raises OrderNotFound, OrderStateConflict,
    UnknownCarrier, UnitsNotShippable, NothingToShip, ParcelAlreadyRecorded, TooManyParcels,
    and what a participant says against shipping.
    """
    with transaction() as session:
        carrier = queries.carrier_name(session, carrier_code)
        order_id, status = _hold(session, order_no)
        if status != PAID:
            raise OrderStateConflict
        wanted = dict(units) if units is not None else _all_left(session, order_id)
        if not wanted:
            raise NothingToShip
        fulfilling.ship_units(session, order_no, wanted)
        complete = _hold(session, order_no)[1] == SHIPPED
        number = _next_number(session, order_id, complete=complete)
        parcel = {
            "order_id": order_id,
            "number": number,
            "carrier_code": carrier_code,
            "carrier_name": carrier,
            "tracking_no": tracking_no,
            "version": uploads.want(
                session, order_id, split=number > 1 or not complete, complete=complete
            ),
        }
        _insert(session, parcel, wanted)
        record(
            session,
            action="order.ship",
            target_type="order",
            target_id=order_no,
            after={
                "number": number,
                "carrier_code": carrier_code,
                "tracking_no": tracking_no,
                "lines": {str(line_id): quantity for line_id, quantity in wanted.items()},
            },
        )
        return number


def correct(order_no: str, number: int, carrier_code: str, tracking_no: str) -> None:
    """Mend a parcel's carrier and tracking number: once an order, as WeChat allows.

    Raises OrderNotFound, NoSuchShipment, UnknownCarrier, ParcelAlreadyRecorded,
    CorrectionUsed, and OrderStateConflict once the order is received or closed.
    """
    with transaction() as session:
        carrier = queries.carrier_name(session, carrier_code)
        order_id, status = _hold(session, order_no)
        if status not in (PAID, SHIPPED):
            raise OrderStateConflict
        before = session.execute(
            select(Shipment.id, Shipment.carrier_code, Shipment.tracking_no).where(
                Shipment.order_id == order_id, Shipment.number == number
            )
        ).first()
        if before is None:
            raise NoSuchShipment
        version = uploads.use_correction(session, order_id)
        if version is None:
            raise CorrectionUsed
        after = {"carrier_code": carrier_code, "tracking_no": tracking_no}
        try:
            session.execute(
                update(Shipment)
                .where(Shipment.id == before.id)
                .values(carrier_name=carrier, version=version, **after)
            )
        except IntegrityError as error:
            raise _named(error) from None
        record(
            session,
            action="shipment.correct",
            target_type="order",
            target_id=order_no,
            before={"carrier_code": before.carrier_code, "tracking_no": before.tracking_no},
            after={"number": number, **after},
        )


def retry_upload(order_no: str) -> None:
    """Tell WeChat again of an order whose upload failed. Raises OrderNotFound, UploadNotFailed."""
    with transaction() as session:
        order_id, _ = _hold(session, order_no)
        if not uploads.try_again(session, order_id):
            raise UploadNotFailed
        record(session, action="shipping_upload.retry", target_type="order", target_id=order_no)


def _hold(session: Session, order_no: str) -> tuple[int, str]:
    """Lock an order until the commit, so its parcels are recorded one by one: id, status."""
    row = session.execute(
        select(Order.id, Order.status).where(Order.order_no == order_no).with_for_update()
    ).one_or_none()
    if row is None:
        raise OrderNotFound
    return row.id, row.status


def _all_left(session: Session, order_id: int) -> dict[int, int]:
    """Line id → units that were neither sent nor refunded, nor are being refunded."""
    left = OrderLine.quantity - OrderLine.shipped_quantity - OrderLine.refunded_quantity
    rows = session.execute(
        select(OrderLine.id, left).where(OrderLine.order_id == order_id, left > 0)
    )
    return {line_id: int(units) for line_id, units in rows}


def _next_number(session: Session, order_id: int, *, complete: bool) -> int:
    number = 1 + (session.scalar(select(func.count()).where(Shipment.order_id == order_id)) or 0)
    if number > MAX_PARCELS or (number == MAX_PARCELS and not complete):
        raise TooManyParcels
    return number


def _insert(session: Session, parcel: dict[str, object], units: Mapping[int, int]) -> None:
    try:
        shipment_id = session.execute(
            insert(Shipment).values(**parcel).returning(Shipment.id)
        ).scalar_one()
    except IntegrityError as error:
        raise _named(error) from None
    session.execute(
        insert(ShipmentLine),
        [
            {"shipment_id": shipment_id, "line_id": line_id, "quantity": quantity}
            for line_id, quantity in units.items()
        ],
    )


def _named(error: IntegrityError) -> Exception:
    if constraint_of(error) == "uq_shipments_order_id_carrier_code_tracking_no":
        return ParcelAlreadyRecorded(param="tracking_no")
    return error
