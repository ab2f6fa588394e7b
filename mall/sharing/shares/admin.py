"""Sharing for staff."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, id_in, page
from mall.sharing.shares import queries
from mall.sharing.shares.schemas import SharePageSchema, ShareQuery

blp = Blueprint("sharing_admin", __name__, url_prefix="/admin/api/v1", description="分享记录")


@blp.route("/shares", methods=["GET"])
@access.staff("sharing:read")
@blp.arguments(ShareQuery, location="query")
@blp.response(200, SharePageSchema)
def list_shares(query: dict[str, Any]) -> Page[Any]:
    """A shopper's shares, newest first, with what counts of each."""
    before = id_in(query.get("cursor"))
    with transaction() as session:
        found = queries.shares(session, query["user_id"], before=before, limit=query["limit"])
    return page(found, query["limit"], lambda row: [row.id])
