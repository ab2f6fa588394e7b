"""The till: points that staff give and take at their point."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_staff
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.limits import limited, principal
from mall.kernel.http.paging import Page, id_in, page
from mall.points.statements.queries import balance
from mall.points.till import queries
from mall.points.till.entering import Wish, enter
from mall.points.till.models import GRANT, TAKE
from mall.points.till.schemas import (
    TillDoneSchema,
    TillEntryPageSchema,
    TillInput,
    TillQuery,
    TillUndoInput,
    TillUndoneSchema,
)
from mall.points.till.undoing import undo

blp = Blueprint(
    "points_till_admin", __name__, url_prefix="/admin/api/v1/till", description="门店积分"
)
_REFUSED = (
    *("till_point_closed", "till_code_used", "till_code_expired", "till_receipt_used"),
    "till_limit",
)


@blp.route("/grants", methods=["POST"])
@access.staff("till:grant")
@limited("till_code", by=principal)
@idempotent
@blp.arguments(TillInput)
@blp.response(201, TillDoneSchema)
@blp.fails("till_not_here", "till_code_unknown", "till_point_unknown", *_REFUSED)
@blp.fails("points_account_closed", "points_short")
def grant_points(body: dict[str, Any]) -> dict[str, Any]:
    """Give the shopper who shows this code so many points."""
    return _entered(GRANT, body)


@blp.route("/deductions", methods=["POST"])
@access.staff("till:take")
@limited("till_code", by=principal)
@idempotent
@blp.arguments(TillInput)
@blp.response(201, TillDoneSchema)
@blp.fails("till_not_here", "till_code_unknown", "till_point_unknown", *_REFUSED)
@blp.fails("points_account_closed", "points_short")
def take_points(body: dict[str, Any]) -> dict[str, Any]:
    """Take so many points from the shopper who shows this code."""
    return _entered(TAKE, body)


@blp.route("/entries/<id:entry_id>/undo", methods=["POST"])
@access.staff("till:undo")
@idempotent
@blp.arguments(TillUndoInput)
@blp.response(200, TillUndoneSchema)
@blp.fails("till_not_here", "till_entry_not_found", "till_entry_undone", "till_entry_too_old")
def undo_entry(body: dict[str, Any], entry_id: int) -> dict[str, Any]:
    """Undo an entry on the shop day on which it was made."""
    debt = undo(current_staff().staff_id, entry_id, body["reason"])
    return {**_shown(entry_id), "debt": debt}


@blp.route("/entries", methods=["GET"])
@access.staff("till:read")
@blp.arguments(TillQuery, location="query")
@blp.response(200, TillEntryPageSchema)
def list_entries(query: dict[str, Any]) -> Page[Any]:
    """What was given and taken, newest first; by point, staff member and shopper."""
    before = id_in(query.get("cursor"))
    with transaction() as session:
        found = queries.entries(session, query, before=before, limit=query["limit"])
    return page(found, query["limit"], lambda row: [row.id])


def _entered(direction: str, body: dict[str, Any]) -> dict[str, Any]:
    wish = Wish(**{name: value for name, value in body.items() if name != "code"})
    return _shown(enter(current_staff().staff_id, direction, body["code"], wish))


def _shown(entry_id: int) -> dict[str, Any]:
    with transaction() as session:
        entry = queries.entry(session, entry_id)
        return {"entry": entry, "available": balance(session, entry.user_id).available}
