"""Shipping as the staff works it."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, decode_cursor, page, page_schema
from mall.orders.participants import SHIPPING
from mall.shipping import carriers, commands, queries
from mall.shipping.schemas import (
    CarrierListSchema,
    CarriersRefreshedSchema,
    ReportQuery,
    ReportSchema,
    ShipmentInput,
    StaffShipmentListSchema,
    TrackingInput,
)

blp = Blueprint(
    "shipping_admin", __name__, url_prefix="/admin/api/v1", description="发货与物流管理"
)


@blp.route("/carriers", methods=["GET"])
@access.staff("order:read")
@blp.response(200, CarrierListSchema)
def list_carriers() -> dict[str, Any]:
    """The carriers that a parcel may go with."""
    named = queries.carriers(db.session())
    return {"items": [{"code": code, "name": name} for code, name in named.items()]}


@blp.route("/carriers/refresh", methods=["POST"])
@access.staff("order:ship")
@blp.response(200, CarriersRefreshedSchema)
@blp.fails("wechat_unavailable")
def refresh_carriers() -> dict[str, int]:
    """Bring the list of carriers up to date from WeChat."""
    return {"count": carriers.refresh_carriers()}


@blp.route("/orders/<order_no>/shipments", methods=["GET"])
@access.staff("order:read")
@blp.response(200, StaffShipmentListSchema)
@blp.fails("order_not_found")
def list_shipments(order_no: str) -> dict[str, Any]:
    """The parcels of an order, and whether WeChat knows of them."""
    return {"items": queries.shipments_of_order(db.session(), order_no)}


@blp.route("/orders/<order_no>/shipments", methods=["POST"])
@access.staff("order:ship")
@idempotent
@blp.arguments(ShipmentInput)
@blp.response(201, StaffShipmentListSchema)
@blp.fails("order_not_found", "order_state", "units_not_shippable", "nothing_to_ship")
@blp.fails("parcel_already_recorded", "too_many_parcels", "nothing_is_shipped", "order_on_hold")
@blp.fails("unknown_carrier", hooks=(SHIPPING,))
def ship(body: dict[str, Any], order_no: str) -> dict[str, Any]:
    """Record a parcel of a paid order; answers all the order's parcels.

    Without `lines` everything that is left goes into it. Once nothing is left the order is
    shipped. WeChat is told by a job.
    """
    lines = body["lines"]
    units = None if lines is None else {line["line_id"]: line["quantity"] for line in lines}
    commands.ship(order_no, body["carrier_code"], body["tracking_no"], units)
    return {"items": queries.shipments_of_order(db.session(), order_no)}


@blp.route("/orders/<order_no>/shipments/<id:number>", methods=["PUT"])
@access.staff("order:ship")
@blp.arguments(TrackingInput)
@blp.response(200, StaffShipmentListSchema)
@blp.fails("order_not_found", "shipment_not_found", "order_state", "correction_used")
@blp.fails("parcel_already_recorded", "unknown_carrier")
def correct(body: dict[str, Any], order_no: str, number: int) -> dict[str, Any]:
    """Mend the carrier and tracking number of a parcel: once an order, as WeChat allows."""
    commands.correct(order_no, number, **body)
    return {"items": queries.shipments_of_order(db.session(), order_no)}


@blp.route("/shipping-uploads", methods=["GET"])
@access.staff("order:read")
@blp.arguments(ReportQuery, location="query")
@blp.response(200, page_schema(ReportSchema))
def list_uploads(query: dict[str, Any]) -> Page[queries.ReportView]:
    """Reports of shipments to WeChat, the newest order first; `status=failed` needs somebody."""
    cursor = decode_cursor(query.get("cursor"), [int])
    rows = queries.reports(
        db.session(),
        status=query.get("status"),
        after_id=cursor[0] if cursor else None,
        limit=query["limit"],
    )
    return page(rows, query["limit"], lambda row: (row.order_id,))


@blp.route("/orders/<order_no>/shipping-upload/retry", methods=["POST"])
@access.staff("order:ship")
@blp.response(204)
@blp.fails("order_not_found", "upload_not_failed")
def retry_upload(order_no: str) -> None:
    """Report a shipment to WeChat again after it failed."""
    commands.retry_report(order_no)
