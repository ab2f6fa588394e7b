"""Sending an order's goods on their way, in one parcel or several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.orders import fulfilling
from mall.orders.errors import OrderStateConflict
from mall.orders.locking import LockedOrder, lock_order
from mall.orders.states import PAID, SHIPPED
from mall.shipping import packing, queries, shipping_report
from mall.shipping.errors import (
    CorrectionUsed,
    NoSuchShipment,
    NothingToShip,
    ReportNotFailed,
)
from mall.shipping.models import Shipment
from mall.staff.audit import record


@dataclass(frozen=True, slots=True)
class Label:
    """Who carries a parcel, and under which number."""

    carrier_code: str
    carrier_name: str
    tracking_no: str


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
        label = Label(carrier_code, queries.carrier_name(session, carrier_code), tracking_no)
        return send_parcel(session, lock_order(session, order_no), label, units)


def send_parcel(
    session: Session, order: LockedOrder, label: Label, units: Mapping[int, int] | None
) -> int:
    """What `ship` does, in the caller's transaction and with the order locked by it."""
    if order.status != PAID:
        raise OrderStateConflict
    wanted = dict(units) if units is not None else packing.all_left(session, order.id)
    if not wanted:
        raise NothingToShip
    complete = fulfilling.ship_units(session, order, wanted)
    number = packing.next_number(session, order.id, complete=complete)
    parcel = {
        "order_id": order.id,
        "number": number,
        "carrier_code": label.carrier_code,
        "carrier_name": label.carrier_name,
        "tracking_no": label.tracking_no,
        "version": shipping_report.enqueue(
            session, order.id, split=number > 1 or not complete, complete=complete
        ),
    }
    packing.insert_parcel(session, parcel, wanted)
    record(
        session,
        action="order.ship",
        target_type="order",
        target_id=order.order_no,
        after={
            "number": number,
            "carrier_code": label.carrier_code,
            "tracking_no": label.tracking_no,
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
        order = lock_order(session, order_no)
        if order.status not in (PAID, SHIPPED):
            raise OrderStateConflict
        before = session.execute(
            select(Shipment.id, Shipment.carrier_code, Shipment.tracking_no).where(
                Shipment.order_id == order.id, Shipment.number == number
            )
        ).first()
        if before is None:
            raise NoSuchShipment
        version = shipping_report.use_correction(session, order.id)
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
            raise packing.named(error) from None
        record(
            session,
            action="shipment.correct",
            target_type="order",
            target_id=order_no,
            before={"carrier_code": before.carrier_code, "tracking_no": before.tracking_no},
            after={"number": number, **after},
        )


def retry_report(order_no: str) -> None:
    """Report an order to WeChat again after that failed.

    Raises OrderNotFound, ReportNotFailed.
    """
    with transaction() as session:
        order = lock_order(session, order_no)
        if not shipping_report.retry(session, order.id):
            raise ReportNotFailed
        record(session, action="shipping_upload.retry", target_type="order", target_id=order_no)
