"""Attributions, for staff."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, id_in, page
from mall.referral.attribution import queries
from mall.referral.attribution.schemas import AttributionPageSchema, AttributionQuery

blp = Blueprint("attribution_admin", __name__, url_prefix="/admin/api/v1", description="订单归因")
_FILTERS = ("user_id", "inviter_id", "channel_id", "binding_id")


@blp.route("/order-attributions", methods=["GET"])
@access.staff("referral:read")
@blp.arguments(AttributionQuery, location="query")
@blp.response(200, AttributionPageSchema)
def list_attributions(query: dict[str, Any]) -> Page[Any]:
    """To whom paid orders belong, newest order first."""
    found = queries.attributions(
        db.session(),
        {name: query[name] for name in _FILTERS if name in query},
        before=id_in(query.get("cursor")),
        limit=query["limit"],
    )
    return page(found, query["limit"], lambda one: [one.order_id])
