"""A shopper's points for staff."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.kernel.http.schemas import ErrorSchema
from mall.points.statements import queries
from mall.points.statements.queries import Balance, Line
from mall.points.statements.schemas import (
    PointsBalanceSchema,
    StaffPointsEntryPageSchema,
)

blp = Blueprint(
    "points_admin",
    __name__,
    url_prefix="/admin/api/v1/shoppers/<id:user_id>",
    description="积分管理",
)


@blp.route("/points", methods=["GET"])
@access.staff("points:read")
@blp.response(200, PointsBalanceSchema)
@blp.alt_response(404, schema=ErrorSchema)
def show_balance(user_id: int) -> Balance:
    """A shopper's points."""
    with transaction() as session:
        queries.known_shopper(session, user_id)
        return queries.balance(session, user_id)


@blp.route("/points-entries", methods=["GET"])
@access.staff("points:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, StaffPointsEntryPageSchema)
@blp.alt_response(404, schema=ErrorSchema)
def list_entries(query: dict[str, Any], user_id: int) -> Page[Line]:
    """A shopper's statement, newest first."""
    before = id_in(query.get("cursor"))
    with transaction() as session:
        queries.known_shopper(session, user_id)
        found = queries.entries(session, user_id, before=before, limit=query["limit"])
    return page(found, query["limit"], lambda row: [row.id])
