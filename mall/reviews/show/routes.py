"""The buyer show for shoppers."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, PageQuery
from mall.reviews.show import liking, queries
from mall.reviews.show.columns import columns
from mall.reviews.show.schemas import (
    MarkCountSchema,
    MarksQuery,
    MarksSchema,
    ShowColumnsSchema,
    ShowEntryPageSchema,
    ShowEntrySchema,
    ShowListQuery,
)

blp = Blueprint("buyer_show", __name__, url_prefix="/api/v1", description="买家秀")
_ENTRY = "/buyer-shows/<id:entry_id>"


@blp.route("/buyer-show-columns", methods=["GET"])
@access.public
@blp.response(200, ShowColumnsSchema)
def list_columns() -> dict[str, Any]:
    """Columns in their order."""
    return {"items": columns(db.session(), only_enabled=True)}


@blp.route("/buyer-show-columns/<id:column_id>/entries", methods=["GET"])
@access.public
@blp.arguments(ShowListQuery, location="query")
@blp.response(200, ShowEntryPageSchema)
@blp.fails("show_column_not_found")
def list_entries(query: dict[str, Any], column_id: int) -> Page[Any]:
    """Featured reviews of a column, by freshness and likes or the newest first."""
    return queries.column_entries(
        db.session(), column_id, query.get("sort"), query.get("cursor"), query["limit"]
    )


@blp.route(_ENTRY, methods=["GET"])
@access.public
@blp.response(200, ShowEntrySchema)
@blp.fails("show_entry_not_found")
def read_entry(entry_id: int) -> dict[str, Any]:
    """One featured review."""
    return queries.entry_of(db.session(), entry_id)


@blp.route("/buyer-show-collection", methods=["GET"])
@access.shopper
@blp.arguments(PageQuery, location="query")
@blp.response(200, ShowEntryPageSchema)
def list_collection(query: dict[str, Any]) -> Page[Any]:
    """What the shopper collected, the latest first."""
    user_id = current_shopper().user_id
    return queries.collected(db.session(), user_id, query.get("cursor"), query["limit"])


@blp.route("/buyer-show-marks", methods=["GET"])
@access.shopper
@blp.arguments(MarksQuery, location="query")
@blp.response(200, MarksSchema)
def list_marks(query: dict[str, Any]) -> dict[str, Any]:
    """Which of these entries the shopper likes and has collected."""
    user_id = current_shopper().user_id
    return {"items": queries.marks_of(db.session(), user_id, query["entry_ids"])}


@blp.route(f"{_ENTRY}/like", methods=["PUT"])
@access.shopper
@blp.response(200, MarkCountSchema)
@blp.fails("show_entry_not_found", "own_show", "account_closed")
def like(entry_id: int) -> dict[str, int]:
    """Like a featured review, once."""
    return {"count": liking.like(current_shopper().user_id, entry_id)}


@blp.route(f"{_ENTRY}/like", methods=["DELETE"])
@access.shopper
@blp.response(200, MarkCountSchema)
@blp.fails("show_entry_not_found")
def unlike(entry_id: int) -> dict[str, int]:
    """Take the like back."""
    return {"count": liking.unlike(current_shopper().user_id, entry_id)}


@blp.route(f"{_ENTRY}/collection", methods=["PUT"])
@access.shopper
@blp.response(200, MarkCountSchema)
@blp.fails("show_entry_not_found", "account_closed", "own_show")
def collect(entry_id: int) -> dict[str, int]:
    """Keep a featured review in the collection."""
    return {"count": liking.collect(current_shopper().user_id, entry_id)}


@blp.route(f"{_ENTRY}/collection", methods=["DELETE"])
@access.shopper
@blp.response(200, MarkCountSchema)
@blp.fails("show_entry_not_found")
def uncollect(entry_id: int) -> dict[str, int]:
    """Out of the collection."""
    return {"count": liking.uncollect(current_shopper().user_id, entry_id)}
