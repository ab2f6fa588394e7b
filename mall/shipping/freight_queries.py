"""Reads of freight templates, pick-up points and orders that are collected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.catalog.models import Spu
from mall.orders.errors import OrderNotFound
from mall.orders.models import Order
from mall.orders.states import PAID
from mall.shipping.errors import PickupNotFound, PickupPointNotFound, TemplateNotFound
from mall.shipping.models import (
    FreightTemplate,
    FreightZone,
    FreightZoneRegion,
    Pickup,
    PickupClerk,
    PickupPoint,
    SpuFreight,
)


@dataclass(frozen=True, slots=True)
class ZoneTerms:
    """What a template asks in a zone. `regions` names provinces, cities or districts by code;
    without any it is the zone of everywhere else, of which a template has one at most."""

    regions: Sequence[str]
    deliverable: bool
    first_units: int
    first_fen: int
    further_units: int
    further_fen: int
    free_from_fen: int | None
    free_from_pieces: int | None


@dataclass(frozen=True, slots=True)
class TemplateView:
    """A template with its zones in their order."""

    id: int
    name: str
    basis: str
    is_default: bool
    updated_at: datetime
    zones: list[ZoneTerms]


def templates(session: Session, *, after_id: int | None, limit: int) -> list[FreightTemplate]:
    """Templates without their zones, the newest first; one more than `limit`."""
    query = select(FreightTemplate).order_by(FreightTemplate.id.desc()).limit(limit + 1)
    if after_id is not None:
        query = query.where(FreightTemplate.id < after_id)
    return list(session.scalars(query))


def template(session: Session, template_id: int) -> TemplateView:
    """One template whole. Raises TemplateNotFound."""
    head = session.execute(
        select(
            FreightTemplate.name,
            FreightTemplate.basis,
            FreightTemplate.is_default,
            FreightTemplate.updated_at,
        ).where(FreightTemplate.id == template_id)
    ).one_or_none()
    if head is None:
        raise TemplateNotFound
    return TemplateView(
        template_id,
        head.name,
        head.basis,
        head.is_default,
        head.updated_at,
        _zones(session, template_id),
    )


def _zones(session: Session, template_id: int) -> list[ZoneTerms]:
    regions = defaultdict(list)
    for zone_id, code in session.execute(
        select(FreightZoneRegion.zone_id, FreightZoneRegion.region_code)
        .where(FreightZoneRegion.template_id == template_id)
        .order_by(FreightZoneRegion.region_code)
    ):
        regions[zone_id].append(code)
    rows = session.execute(
        select(
            FreightZone.id,
            FreightZone.deliverable,
            FreightZone.first_units,
            FreightZone.first_fen,
            FreightZone.further_units,
            FreightZone.further_fen,
            FreightZone.free_from_fen,
            FreightZone.free_from_pieces,
        )
        .where(FreightZone.template_id == template_id)
        .order_by(FreightZone.position)
    )
    return [ZoneTerms(regions[row.id], *row[1:]) for row in rows]


@dataclass(frozen=True, slots=True)
class AssignedProduct:
    id: int
    spu_code: str
    name: str


def products_of(
    session: Session, template_id: int, *, after_id: int | None, limit: int
) -> list[AssignedProduct]:
    """The products that have a template, by id; one more than `limit`. Raises TemplateNotFound."""
    if session.get(FreightTemplate, template_id) is None:
        raise TemplateNotFound
    rows = session.execute(
        select(Spu.id, Spu.spu_code, Spu.name)
        .join(SpuFreight, SpuFreight.spu_id == Spu.id)
        .where(SpuFreight.template_id == template_id, SpuFreight.spu_id > (after_id or 0))
        .order_by(SpuFreight.spu_id)
        .limit(limit + 1)
    )
    return [AssignedProduct(*row) for row in rows]


def points(
    session: Session, *, open_only: bool, after_id: int | None, limit: int
) -> list[PickupPoint]:
    """Pick-up points by id; one more than `limit`."""
    query = select(PickupPoint).where(PickupPoint.id > (after_id or 0))
    if open_only:
        query = query.where(PickupPoint.is_open)
    return list(session.scalars(query.order_by(PickupPoint.id).limit(limit + 1)))


def point(session: Session, point_id: int) -> PickupPoint:
    """One point. Raises PickupPointNotFound."""
    found = session.scalar(select(PickupPoint).where(PickupPoint.id == point_id))
    if found is None:
        raise PickupPointNotFound
    return found


def clerks_of(session: Session, point_ids: Collection[int]) -> dict[int, list[int]]:
    """Who is bound to these points: ids of staff by point."""
    clerks: dict[int, list[int]] = {point_id: [] for point_id in point_ids}
    for row in session.execute(
        select(PickupClerk.point_id, PickupClerk.staff_id)
        .where(PickupClerk.point_id.in_(point_ids))
        .order_by(PickupClerk.staff_id)
    ):
        clerks[row.point_id].append(row.staff_id)
    return clerks


@dataclass(frozen=True, slots=True)
class PickupView:
    """Where an order is collected. The code is for its shopper only, and once it is paid."""

    status: str
    code: str | None
    redeemed_at: datetime | None
    point: PickupPoint


def pickup_of_shopper(session: Session, user_id: int, order_no: str) -> PickupView:
    """How a shopper's own order is collected. Raises OrderNotFound, PickupNotFound."""
    order = session.execute(
        select(Order.id, Order.status).where(Order.order_no == order_no, Order.user_id == user_id)
    ).one_or_none()
    if order is None:
        raise OrderNotFound
    found = session.scalar(select(Pickup).where(Pickup.order_id == order.id))
    if found is None:
        raise PickupNotFound
    shown = order.status == PAID and found.status == "waiting"
    return PickupView(
        found.status,
        found.code if shown else None,
        found.redeemed_at,
        point(session, found.point_id),
    )


@dataclass(frozen=True, slots=True)
class StaffPickup:
    """An order that is collected, as staff see it: without its code."""

    order_id: int
    order_no: str
    order_status: str
    point_id: int
    status: str
    redeemed_at: datetime | None
    redeemed_by: int | None


def pickups(
    session: Session,
    *,
    point_id: int | None,
    status: str | None,
    before_id: int | None,
    limit: int,
) -> list[StaffPickup]:
    """Orders that are collected, the newest first; one more than `limit`."""
    query = select(
        Pickup.order_id,
        Order.order_no,
        Order.status,
        Pickup.point_id,
        Pickup.status,
        Pickup.redeemed_at,
        Pickup.redeemed_by,
    ).join(Order, Order.id == Pickup.order_id)
    if point_id is not None:
        query = query.where(Pickup.point_id == point_id)
    if status is not None:
        query = query.where(Pickup.status == status)
    if before_id is not None:
        query = query.where(Pickup.order_id < before_id)
    rows = session.execute(query.order_by(Pickup.order_id.desc()).limit(limit + 1))
    return [StaffPickup(*row) for row in rows]
