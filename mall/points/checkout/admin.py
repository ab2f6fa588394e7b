"""Staff: how much of a SKU points may pay."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.points.checkout import caps
from mall.points.checkout.caps import ShownCap
from mall.points.checkout.schemas import CheckoutCapInSchema, CheckoutCapPageSchema

blp = Blueprint(
    "points_checkout",
    __name__,
    url_prefix="/admin/api/v1/points-checkout-caps",
    description="积分抵扣",
)


@blp.route("", methods=["GET"])
@access.staff("points:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, CheckoutCapPageSchema)
def list_caps(query: dict[str, Any]) -> Page[ShownCap]:
    """SKUs with a cap of their own; all others have the shop's (`points.checkout_cap_bp`)."""
    with transaction() as session:
        found = caps.caps(session, after=id_in(query.get("cursor")), limit=query["limit"])
    return page(found, query["limit"], lambda row: [row.sku_id])


@blp.route("/<id:sku_id>", methods=["PUT"])
@access.staff("points:approve")
@blp.arguments(CheckoutCapInSchema)
@blp.response(204)
@blp.fails("points_sku_not_found")
def set_cap(body: dict[str, Any], sku_id: int) -> None:
    """Let points pay at most this share of the SKU's price; 0 for never."""
    caps.set_cap(sku_id, body["cap_bp"])


@blp.route("/<id:sku_id>", methods=["DELETE"])
@access.staff("points:approve")
@blp.response(204)
def clear_cap(sku_id: int) -> None:
    """The shop's share holds again. Repeating it changes nothing."""
    caps.clear_cap(sku_id)
