"""What is left, for everybody."""

from __future__ import annotations

from typing import Any

from mall.inventory.queries import sellable, shown
from mall.inventory.schemas import AvailabilitiesSchema, AvailabilityQuery
from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint

blp = Blueprint("stock", __name__, url_prefix="/api/v1", description="库存")


@blp.route("/stock", methods=["GET"])
@access.public
@blp.arguments(AvailabilityQuery, location="query")
@blp.response(200, AvailabilitiesSchema)
def read_availability(query: dict[str, Any]) -> dict[str, Any]:
    """Whether these SKUs are left, and how many (99 at most). An unknown one has none."""
    with transaction() as session:
        left = sellable(session, query["sku_ids"])
    return {
        "items": [
            {"sku_id": sku_id, "in_stock": units > 0, "left": shown(units)}
            for sku_id, units in left.items()
        ]
    }
