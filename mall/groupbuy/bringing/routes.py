"""What a shopper brought as a leader of teams."""

from __future__ import annotations

from typing import Any

from mall.groupbuy.bringing import queries
from mall.groupbuy.bringing.queries import Brought
from mall.groupbuy.bringing.schemas import BroughtPageSchema
from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, PageQuery, id_in, page

blp = Blueprint("group-brought", __name__, url_prefix="/api/v1/group-buy", description="拼团老带新")


@blp.route("/my-brought", methods=["GET"])
@access.shopper
@blp.arguments(PageQuery, location="query")
@blp.response(200, BroughtPageSchema)
def list_brought(query: dict[str, Any]) -> Page[Brought]:
    """New customers whom I brought as a leader, and what I get for each, newest first."""
    with transaction() as session:
        found = queries.brought_by(
            session,
            current_shopper().user_id,
            before=id_in(query.get("cursor")),
            limit=query["limit"],
        )
    return page(found, query["limit"], lambda row: [row.id])
