"""An order's parcels as WeChat is told of them."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from mall.kernel.masking import mask_phone
from mall.orders.models import OrderLine
from mall.shipping.models import Shipment, ShipmentLine
from mall.shipping.rules import COLLECTED, NEEDS_CONTACT, describe_goods
from mall.wechat.gateway import Parcel


def of_order(session: Session, order_id: int, receiver_phone: str) -> tuple[Parcel, ...]:
    """Every parcel of the order; the receiver's phone goes along masked, where it must."""
    shipments = session.scalars(
        select(Shipment).where(Shipment.order_id == order_id).order_by(Shipment.number)
    ).all()
    goods = _goods(session, order_id)
    return tuple(
        _parcel(shipment, describe_goods(goods[shipment.id]), receiver_phone)
        for shipment in shipments
    )


def delivered(session: Session, order_id: int) -> tuple[Parcel, ...]:
    """What WeChat is told of goods that no parcel carries: what they are."""
    rows = session.execute(
        select(OrderLine.name, OrderLine.shipped_quantity)
        .where(OrderLine.order_id == order_id, OrderLine.shipped_quantity > 0)
        .order_by(OrderLine.position)
    )
    return (Parcel(describe_goods((row.name, row.shipped_quantity) for row in rows)),)


def are_collected(session: Session, order_id: int) -> bool:
    """True when the goods were handed out rather than sent."""
    handed_out = exists().where(Shipment.order_id == order_id, Shipment.carrier_code == COLLECTED)
    return bool(session.scalar(select(handed_out)))


def _parcel(shipment: Shipment, item_desc: str, receiver_phone: str) -> Parcel:
    if shipment.carrier_code == COLLECTED:
        return Parcel(item_desc)
    return Parcel(
        item_desc=item_desc,
        tracking_no=shipment.tracking_no,
        express_company=shipment.carrier_code,
        receiver_contact=mask_phone(receiver_phone)
        if shipment.carrier_code in NEEDS_CONTACT
        else None,
    )


def _goods(session: Session, order_id: int) -> dict[int, list[tuple[str, int]]]:
    """Shipment id → the names and quantities in it."""
    rows = session.execute(
        select(ShipmentLine.shipment_id, OrderLine.name, ShipmentLine.quantity)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .join(OrderLine, OrderLine.id == ShipmentLine.line_id)
        .where(Shipment.order_id == order_id)
        .order_by(OrderLine.position)
    )
    goods = defaultdict(list)
    for shipment_id, name, quantity in rows:
        goods[shipment_id].append((name, quantity))
    return goods
