"""Browsing for staff: what of a shopper's time was counted."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, id_in, page
from mall.missions.browsing import queries
from mall.missions.browsing.schemas import ViewSessionPageSchema, ViewSessionQuery

blp = Blueprint("browsing_admin", __name__, url_prefix="/admin/api/v1", description="浏览记录")


@blp.route("/view-sessions", methods=["GET"])
@access.staff("browsing:read")
@blp.arguments(ViewSessionQuery, location="query")
@blp.response(200, ViewSessionPageSchema)
def list_sessions(query: dict[str, Any]) -> Page[Any]:
    """A shopper's looks at pages, newest first, with the seconds that count."""
    before = id_in(query.get("cursor"))
    with transaction() as session:
        found = queries.view_sessions(
            session, query["user_id"], before=before, limit=query["limit"]
        )
    return page(found, query["limit"], lambda row: [row.id])
