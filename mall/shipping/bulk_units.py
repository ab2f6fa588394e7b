"""What a sheet of parcels needs to read: what is in a parcel, which lines a SKU stands for, and
whether orders that share a parcel go to one receiver."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.orders.addresses import open_address
from mall.orders.models import Order, OrderLine
from mall.shipping.bulk_sheet import ParcelRow
from mall.shipping.commands import Label
from mall.shipping.errors import UnitsBeyondOrder
from mall.shipping.models import Shipment, ShipmentLine

_STRANGERS = "同一运单号用在了不同收件人的订单上"


def in_parcel(session: Session, order_id: int, label: Label) -> Counter[str] | None:
    """Units by SKU code in a parcel of the order; None when the order has no such parcel."""
    rows = session.execute(
        select(OrderLine.sku_code, ShipmentLine.quantity)
        .join(ShipmentLine, ShipmentLine.line_id == OrderLine.id)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .where(
            Shipment.order_id == order_id,
            Shipment.carrier_code == label.carrier_code,
            Shipment.tracking_no == label.tracking_no,
        )
    ).all()
    units: Counter[str] = Counter()
    for code, quantity in rows:
        units[code] += quantity
    return units if rows else None


def recorded(session: Session, labels: Mapping[str, Label]) -> set[str]:
    """The orders that have the parcel of their label already."""
    rows = session.execute(
        select(Order.order_no, Shipment.carrier_code, Shipment.tracking_no)
        .join(Shipment, Shipment.order_id == Order.id)
        .where(Order.order_no.in_(labels))
    )
    wanted = {no: (label.carrier_code, label.tracking_no) for no, label in labels.items()}
    return {no for no, *parcel in rows if tuple(parcel) == wanted[no]}


def lines_for(session: Session, order_id: int, wanted: Mapping[str, int]) -> dict[int, int]:
    """Line id → units for units by SKU code; a SKU may stand on two lines, one of them a gift.

    Raises UnitsBeyondOrder for a SKU that the order lacks or has fewer left of.
    """
    missing = dict(wanted)
    units: dict[int, int] = {}
    lines = session.execute(
        select(
            OrderLine.id,
            OrderLine.sku_code,
            OrderLine.quantity - OrderLine.shipped_quantity - OrderLine.refunded_quantity,
        )
        .where(OrderLine.order_id == order_id, OrderLine.sku_code.in_(wanted))
        .order_by(OrderLine.position)
    )
    for line_id, code, left in lines:
        taken = min(missing[code], left)
        if taken > 0:
            units[line_id] = taken
            missing[code] -= taken
    for code, lacking in missing.items():
        if lacking:
            raise UnitsBeyondOrder(code)
    return units


def shared_by_strangers(session: Session, rows: Iterable[ParcelRow]) -> dict[int, str]:
    """The lines whose number stands for orders of different receivers, and the reason."""
    sharing: dict[str, list[ParcelRow]] = defaultdict(list)
    for row in rows:
        if not row.fault:
            sharing[row.tracking_no].append(row)
    shared = [own for own in sharing.values() if len({row.order_no for row in own}) > 1]
    receivers = _receivers(session, {row.order_no for own in shared for row in own})
    return {
        row.line: _STRANGERS
        for own in shared
        if len({receivers[row.order_no] for row in own if row.order_no in receivers}) > 1
        for row in own
    }


def _receivers(session: Session, order_nos: Collection[str]) -> dict[str, tuple[str, ...]]:
    rows = session.execute(
        select(Order.order_no, Order.address_sealed).where(
            Order.order_no.in_(order_nos), Order.address_sealed.is_not(None)
        )
    )
    found: dict[str, tuple[str, ...]] = {}
    for order_no, sealed in rows:
        if (address := open_address(sealed)) is None:
            continue
        found[order_no] = (address.receiver, address.phone, address.region_code, address.detail)
    return found
