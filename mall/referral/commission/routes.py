"""Commission of the shopper."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.referral.commission import line_queries, queries
from mall.referral.commission.line_queries import ShownLine
from mall.referral.commission.models import CommissionEntry
from mall.referral.commission.queries import Balance
from mall.referral.commission.schemas import (
    CommissionBalanceSchema,
    CommissionEntryPageSchema,
    CommissionLinePageSchema,
    CommissionLineQuery,
)

blp = Blueprint("commission", __name__, url_prefix="/api/v1/commission", description="推广佣金")


@blp.route("", methods=["GET"])
@access.shopper
@blp.response(200, CommissionBalanceSchema)
def show_balance() -> Balance:
    """My commission."""
    return queries.balance_of(db.session(), current_shopper().user_id)


@blp.route("/entries", methods=["GET"])
@access.shopper
@blp.arguments(PageQuery, location="query")
@blp.response(200, CommissionEntryPageSchema)
def list_entries(query: dict[str, Any]) -> Page[CommissionEntry]:
    """What changed my commission, newest first."""
    user_id, before = current_shopper().user_id, id_in(query.get("cursor"))
    found = queries.entries(db.session(), user_id, before=before, limit=query["limit"])
    return page(found, query["limit"], lambda row: [row.id])


@blp.route("/lines", methods=["GET"])
@access.shopper
@blp.arguments(CommissionLineQuery, location="query")
@blp.response(200, CommissionLinePageSchema)
def list_lines(query: dict[str, Any]) -> Page[ShownLine]:
    """What orders of others bring me, newest first. Who bought isn't said."""
    found = line_queries.lines(
        db.session(),
        promoter_id=current_shopper().user_id,
        status=query["status"],
        before=id_in(query.get("cursor")),
        limit=query["limit"],
    )
    return page(found, query["limit"], lambda row: [row.id])
