"""Pick-up points and handing out, for the staff."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_staff
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.limits import limited, principal
from mall.kernel.http.paging import Page, PageQuery, decode_cursor, page, page_schema
from mall.orders.participants import SHIPPING
from mall.shipping import collecting, freight_queries, points, queries
from mall.shipping.freight_queries import StaffPickup
from mall.shipping.freight_schemas import (
    ClerksInput,
    FreightCreatedSchema,
    OnePickupPointSchema,
    PickupPointInput,
    PickupQuery,
    RedemptionInput,
    RedemptionSchema,
    StaffPickupPointSchema,
    StaffPickupSchema,
)
from mall.shipping.models import PickupPoint
from mall.shipping.points import PointDraft

blp = Blueprint("pickup_admin", __name__, url_prefix="/admin/api/v1", description="自提与核销")
_ONE = "/pickup-points/<id:point_id>"


def _shown(point_id: int) -> dict[str, Any]:
    session = db.session()
    point = freight_queries.point(session, point_id)
    columns = {name: getattr(point, name) for name in PointDraft.__dataclass_fields__}
    clerks = freight_queries.clerks_of(session, [point_id])[point_id]
    return {"id": point_id, **columns, "staff_ids": clerks}


@blp.route("/pickup-points", methods=["GET"])
@access.staff("freight:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, page_schema(StaffPickupPointSchema))
def list_points(query: dict[str, Any]) -> Page[PickupPoint]:
    """Every pick-up point, open or closed."""
    after = decode_cursor(query.get("cursor"), [int])
    rows = freight_queries.points(
        db.session(), open_only=False, after_id=after[0] if after else None, limit=query["limit"]
    )
    return page(rows, query["limit"], lambda row: [row.id])


@blp.route("/pickup-points", methods=["POST"])
@access.staff("freight:write")
@blp.arguments(PickupPointInput)
@blp.response(201, FreightCreatedSchema)
@blp.fails("pickup_point_name_taken", "unknown_region")
def create_point(body: dict[str, Any]) -> dict[str, int]:
    """A new pick-up point."""
    return {"id": points.create_point(PointDraft(**body))}


@blp.route(_ONE, methods=["GET"])
@access.staff("freight:read")
@blp.response(200, OnePickupPointSchema)
@blp.fails("pickup_point_not_found")
def read_point(point_id: int) -> dict[str, Any]:
    """One point with the staff who are bound to it."""
    return _shown(point_id)


@blp.route(_ONE, methods=["PUT"])
@access.staff("freight:write")
@blp.arguments(PickupPointInput)
@blp.response(200, OnePickupPointSchema)
@blp.fails("pickup_point_not_found", "pickup_point_name_taken", "unknown_region")
def replace_point(body: dict[str, Any], point_id: int) -> dict[str, Any]:
    """Replace a point. Closing it keeps the orders that will be collected there."""
    points.change_point(point_id, PointDraft(**body))
    return _shown(point_id)


@blp.route(_ONE, methods=["DELETE"])
@access.staff("freight:write")
@blp.response(204)
@blp.fails("pickup_point_not_found", "pickup_point_in_use")
def remove_point(point_id: int) -> None:
    """Delete a point that nothing refers to."""
    points.remove_point(point_id)


@blp.route(f"{_ONE}/staff", methods=["PUT"])
@access.staff("freight:write")
@blp.arguments(ClerksInput)
@blp.response(200, OnePickupPointSchema)
@blp.fails("pickup_point_not_found", "unknown_staff")
def bind_staff(body: dict[str, Any], point_id: int) -> dict[str, Any]:
    """Bind staff to a point: whoever is bound somewhere redeems at such points only."""
    points.bind_clerks(point_id, body["staff_ids"])
    return _shown(point_id)


@blp.route("/pickups", methods=["GET"])
@access.staff("order:read", or_permission="pickup:write")
@blp.arguments(PickupQuery, location="query")
@blp.response(200, page_schema(StaffPickupSchema))
def list_pickups(query: dict[str, Any]) -> Page[StaffPickup]:
    """Orders that are collected, the newest first, without their codes."""
    after = decode_cursor(query.get("cursor"), [int])
    rows = freight_queries.pickups(
        db.session(),
        point_id=query.get("point_id"),
        status=query.get("status"),
        before_id=after[0] if after else None,
        limit=query["limit"],
    )
    return page(rows, query["limit"], lambda row: [row.order_id])


@blp.route("/pickups/redemptions", methods=["POST"])
@access.staff("pickup:write")
@limited("pickup_code", by=principal)
@idempotent
@blp.arguments(RedemptionInput)
@blp.response(201, RedemptionSchema)
@blp.fails("not_a_clerk_here", "pickup_code_unknown", "pickup_elsewhere", "pickup_code_used")
@blp.fails("pickup_code_void", "refund_under_way", "order_state", "nothing_to_ship")
@blp.fails("order_on_hold", hooks=(SHIPPING,))
def redeem(body: dict[str, Any]) -> dict[str, Any]:
    """Hand out the goods of a paid order for its code; the order is completed.

    A code is used once, at the point that the shopper chose.
    """
    order_no = collecting.redeem(body["code"], body["point_id"], current_staff().staff_id)
    parcels = queries.shipments_of_order(db.session(), order_no)
    lines = [asdict(line) for parcel in parcels for line in parcel.lines]
    return {"order_no": order_no, "items": lines}
