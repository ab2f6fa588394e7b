"""Shipping as a shopper sees it."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.schemas import ErrorSchema
from mall.shipping import queries
from mall.shipping.schemas import ShipmentListSchema

blp = Blueprint("shipping", __name__, url_prefix="/api/v1", description="物流")


@blp.route("/orders/<order_no>/shipments", methods=["GET"])
@access.shopper
@blp.response(200, ShipmentListSchema)
@blp.alt_response(404, schema=ErrorSchema, description="order_not_found")
def list_shipments(order_no: str) -> dict[str, Any]:
    """The parcels of one of my orders."""
    user_id = access.current_shopper().user_id
    return {"items": queries.shipments_of_shopper(db.session(), user_id, order_no)}
