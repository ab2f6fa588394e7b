"""Points of the shopper."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.points.statements import queries
from mall.points.statements.queries import Balance, Line
from mall.points.statements.schemas import PointsBalanceSchema, PointsEntryPageSchema

blp = Blueprint("points", __name__, url_prefix="/api/v1/points", description="积分")


@blp.route("", methods=["GET"])
@access.shopper
@blp.response(200, PointsBalanceSchema)
def show_balance() -> Balance:
    """My points, and what expires next."""
    with transaction() as session:
        return queries.balance(session, current_shopper().user_id)


@blp.route("/entries", methods=["GET"])
@access.shopper
@blp.arguments(PageQuery, location="query")
@blp.response(200, PointsEntryPageSchema)
def list_entries(query: dict[str, Any]) -> Page[Line]:
    """What changed my points, newest first."""
    user_id, before = current_shopper().user_id, id_in(query.get("cursor"))
    with transaction() as session:
        found = queries.entries(session, user_id, before=before, limit=query["limit"])
    return page(found, query["limit"], lambda row: [row.id])
