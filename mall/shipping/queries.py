"""Reads of shipments, carriers and shipping reports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from mall.kernel.outbound import OutboundCall
from mall.orders.errors import OrderNotFound
from mall.orders.models import Order, OrderLine
from mall.shipping.errors import UnknownCarrier
from mall.shipping.models import REPORT_CALL, Carrier, Shipment, ShipmentLine, ShippingReport
from mall.shipping.rules import COMMON_CARRIERS


@dataclass(frozen=True, slots=True)
class ParcelLine:
    """So many units of an order line in one parcel."""

    line_id: int
    sku_id: int
    name: str
    spec_text: str
    image: str
    quantity: int


@dataclass(frozen=True, slots=True)
class ParcelView:
    """One parcel. `upload_status` says whether WeChat knows of it in its present form."""

    number: int
    carrier_code: str
    carrier_name: str
    tracking_no: str
    upload_status: str
    created_at: datetime
    lines: list[ParcelLine]


def carriers(session: Session) -> Mapping[str, str]:
    """Code → name of every carrier: the common ones, and those that WeChat named."""
    named = session.execute(select(Carrier.code, Carrier.name).order_by(Carrier.code))
    return COMMON_CARRIERS | {code: name for code, name in named}  # noqa: C416


def carrier_name(session: Session, code: str) -> str:
    """The name of a carrier. Raises UnknownCarrier."""
    name = session.scalar(select(Carrier.name).where(Carrier.code == code))
    name = name or COMMON_CARRIERS.get(code)
    if name is None:
        raise UnknownCarrier(param="carrier_code")
    return name


def shipments_of_shopper(session: Session, user_id: int, order_no: str) -> list[ParcelView]:
    """The parcels of a shopper's own order. Raises OrderNotFound, for another's too."""
    return _of_order(
        session, select(Order.id).where(Order.order_no == order_no, Order.user_id == user_id)
    )


def shipments_of_order(session: Session, order_no: str) -> list[ParcelView]:
    """The parcels of an order. Raises OrderNotFound."""
    return _of_order(session, select(Order.id).where(Order.order_no == order_no))


def _of_order(session: Session, wanted: Select[int]) -> list[ParcelView]:
    order_id = session.scalar(wanted)
    if order_id is None:
        raise OrderNotFound
    shipments = session.execute(
        select(Shipment, ShippingReport.status, ShippingReport.reported_version)
        .join(ShippingReport, ShippingReport.order_id == Shipment.order_id)
        .where(Shipment.order_id == order_id)
        .order_by(Shipment.number)
    ).all()
    lines = _lines(session, [shipment.id for shipment, _, _ in shipments])
    return [
        ParcelView(
            number=shipment.number,
            carrier_code=shipment.carrier_code,
            carrier_name=shipment.carrier_name,
            tracking_no=shipment.tracking_no,
            upload_status="uploaded" if reported >= shipment.version else status,
            created_at=shipment.created_at,
            lines=lines[shipment.id],
        )
        for shipment, status, reported in shipments
    ]


def _lines(session: Session, shipment_ids: Sequence[int]) -> dict[int, list[ParcelLine]]:
    rows = session.execute(
        select(
            ShipmentLine.shipment_id,
            OrderLine.id,
            OrderLine.sku_id,
            OrderLine.name,
            OrderLine.spec_text,
            OrderLine.image,
            ShipmentLine.quantity,
        )
        .join(OrderLine, OrderLine.id == ShipmentLine.line_id)
        .where(ShipmentLine.shipment_id.in_(shipment_ids))
        .order_by(OrderLine.position)
    )
    lines = defaultdict(list)
    for row in rows:
        lines[row.shipment_id].append(ParcelLine(*row[1:]))
    return lines


@dataclass(frozen=True, slots=True)
class ReportView:
    """How far the report of an order to WeChat is."""

    order_id: int
    order_no: str
    status: str
    attempts: int
    error_code: str | None
    error: str | None
    created_at: datetime
    last_reported_at: datetime | None


def reports(
    session: Session, *, status: str | None, after_id: int | None, limit: int
) -> list[ReportView]:
    """Shipping reports, of one status or all, the newest order first; one more than `limit`."""
    wanted = (
        select(
            ShippingReport.order_id,
            Order.order_no,
            ShippingReport.status,
            func.coalesce(OutboundCall.attempts, 0),
            ShippingReport.error_code,
            ShippingReport.error,
            ShippingReport.created_at,
            ShippingReport.last_reported_at,
        )
        .join(Order, Order.id == ShippingReport.order_id)
        .outerjoin(
            OutboundCall,
            and_(OutboundCall.kind == REPORT_CALL, OutboundCall.key == ShippingReport.order_id),
        )
        .order_by(ShippingReport.order_id.desc())
        .limit(limit + 1)
    )
    if status is not None:
        wanted = wanted.where(ShippingReport.status == status)
    if after_id is not None:
        wanted = wanted.where(ShippingReport.order_id < after_id)
    return [ReportView(*row) for row in session.execute(wanted)]
