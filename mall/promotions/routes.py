"""The promotions that run, for the shop window."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.promotions import queries
from mall.promotions.queries import PromotionView
from mall.promotions.schemas import RunningPromotionPageSchema

blp = Blueprint("promotions", __name__, url_prefix="/api/v1", description="促销活动")


@blp.route("/promotions", methods=["GET"])
@access.public
@blp.arguments(PageQuery, location="query")
@blp.response(200, RunningPromotionPageSchema)
def list_running(query: dict[str, Any]) -> Page[PromotionView]:
    """The promotions that run now, each with texts of its rule and of what it combines with."""
    rows = queries.running(
        db.session(), after=id_in(query.get("cursor")) or 0, limit=query["limit"]
    )
    return page(rows, query["limit"], lambda row: (row.id,))
