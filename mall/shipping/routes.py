"""Shipping as a shopper sees it."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, PageQuery, decode_cursor, page, page_schema
from mall.shipping import freight_queries, queries
from mall.shipping.freight_schemas import PickupPointSchema, PickupSchema
from mall.shipping.models import PickupPoint
from mall.shipping.schemas import ShipmentListSchema

blp = Blueprint("shipping", __name__, url_prefix="/api/v1", description="物流")


@blp.route("/orders/<order_no>/shipments", methods=["GET"])
@access.shopper
@blp.response(200, ShipmentListSchema)
@blp.fails("order_not_found")
def list_shipments(order_no: str) -> dict[str, Any]:
    """The parcels of one of my orders."""
    user_id = access.current_shopper().user_id
    return {"items": queries.shipments_of_shopper(db.session(), user_id, order_no)}


@blp.route("/pickup-points", methods=["GET"])
@access.shopper
@blp.arguments(PageQuery, location="query")
@blp.response(200, page_schema(PickupPointSchema))
def list_points(query: dict[str, Any]) -> Page[PickupPoint]:
    """Where orders can be collected; freight is then free of charge."""
    after = decode_cursor(query.get("cursor"), [int])
    rows = freight_queries.points(
        db.session(), open_only=True, after_id=after[0] if after else None, limit=query["limit"]
    )
    return page(rows, query["limit"], lambda row: [row.id])


@blp.route("/orders/<order_no>/pickup", methods=["GET"])
@access.shopper
@blp.response(200, PickupSchema)
@blp.fails("order_not_found", "pickup_not_found")
def show_pickup(order_no: str) -> freight_queries.PickupView:
    """Where one of my orders is collected, and the code to show there once it is paid."""
    user_id = access.current_shopper().user_id
    return freight_queries.pickup_of_shopper(db.session(), user_id, order_no)
