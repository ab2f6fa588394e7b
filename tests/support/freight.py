"""Freight templates, pick-up points and orders to collect, for tests."""

from __future__ import annotations

import itertools
from typing import Any

from sqlalchemy import select

from mall.catalog.models import Sku
from mall.kernel.db import db, transaction
from mall.orders.models import Order
from mall.orders.placing import place_order
from mall.orders.quoting import preview
from mall.shipping import points, templates
from mall.shipping.freight_queries import ZoneTerms
from mall.shipping.models import Pickup
from mall.shipping.points import PointDraft
from mall.shipping.templates import TemplateDraft
from tests.support.orders import Buyer, make_goods, pay
from tests.support.users import WEST_LAKE, make_regions

_numbers = itertools.count(1)


def zone(*regions: str, **values: Any) -> ZoneTerms:
    """A zone of 8 yuan the first piece and 2 yuan each further one, unless told otherwise."""
    usual: dict[str, Any] = {
        "deliverable": True,
        "first_units": 1,
        "first_fen": 800,
        "further_units": 1,
        "further_fen": 200,
        "free_from_fen": None,
        "free_from_pieces": None,
    }
    return ZoneTerms(regions=list(regions), **{**usual, **values})


def make_freight_template(*zones: ZoneTerms, basis: str = "piece", is_default: bool = False) -> int:
    """A template of these zones: its id. The regions above 西湖区 exist."""
    make_regions()
    name = f"模板{next(_numbers)}"
    return templates.create_template(TemplateDraft(name, basis, is_default, list(zones)))


def make_point(**values: Any) -> int:
    """An open pick-up point: its id."""
    make_regions()
    usual: dict[str, Any] = {
        "name": f"门店{next(_numbers)}",
        "region_code": WEST_LAKE,
        "location": "文三路 1 号",
        "service_phone": "0571-88880000",
        "opening_hours": "9:00-21:00",
        "is_open": True,
    }
    return points.create_point(PointDraft(**{**usual, **values}))


def spu_of(sku_id: int) -> int:
    with transaction() as session:
        return session.scalars(select(Sku.spu_id).where(Sku.id == sku_id)).one()


def order_to_collect(
    buyer: Buyer, point_id: int, *, paid: bool = True, quantity: int = 1
) -> tuple[str, str]:
    """An order that will be collected at this point: its number, and its code."""
    lines, choices = {make_goods(): quantity}, {"freight": f"pickup:{point_id}"}
    payable_fen = preview(buyer.user_id, lines, buyer.address_id, choices).quote.payable_fen
    placed = place_order(buyer.user_id, lines, buyer.address_id, payable_fen, choices=choices)
    if paid:
        pay(placed.order_no)
    return placed.order_no, code_of(placed.order_no)


def code_of(order_no: str) -> str:
    """The code of an order, whoever may see it."""
    with transaction() as session:
        return session.scalars(
            select(Pickup.code)
            .join(Order, Order.id == Pickup.order_id)
            .where(Order.order_no == order_no)
        ).one()


def pickup_status(order_no: str) -> str:
    db.session.rollback()
    with transaction() as session:
        return session.scalars(
            select(Pickup.status)
            .join(Order, Order.id == Pickup.order_id)
            .where(Order.order_no == order_no)
        ).one()
