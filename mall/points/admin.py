"""Points for staff: a shopper's statement, adjustments by hand."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from mall.approvals.schemas import ApprovalAskedSchema
from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_staff
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.kernel.http.schemas import ErrorSchema
from mall.points import queries
from mall.points.adjusting import Adjusted, AdjustmentAsked, adjust_or_ask
from mall.points.models import PointsEntry
from mall.points.queries import Balance
from mall.points.schemas import (
    PointsAdjustedSchema,
    PointsAdjustmentSchema,
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
def list_entries(query: dict[str, Any], user_id: int) -> Page[PointsEntry]:
    """A shopper's statement, newest first."""
    before = id_in(query.get("cursor"))
    with transaction() as session:
        queries.known_shopper(session, user_id)
        found = queries.entries(session, user_id, before=before, limit=query["limit"])
    return page(found, query["limit"], lambda row: [row.id])


@blp.route("/points-adjustments", methods=["POST"])
@access.staff("points:write")
@idempotent
@blp.arguments(PointsAdjustmentSchema)
@blp.response(201, PointsAdjustedSchema)
@blp.alt_response(202, schema=ApprovalAskedSchema)
@blp.alt_response(404, schema=ErrorSchema)
@blp.alt_response(
    409, schema=ErrorSchema, description="points_short, points_account_closed, approval_pending"
)
def adjust(body: dict[str, Any], user_id: int) -> Adjusted | Response:
    """Give points or take them, with a reason.

    Above the shop's limit (`points.approval_above`) another staff member approves first: the
    answer is 202 with the approval's id.
    """
    made = adjust_or_ask(current_staff(), user_id, body["points"], body["reason"])
    if isinstance(made, AdjustmentAsked):
        answer = jsonify(ApprovalAskedSchema().dump(made))
        answer.status_code = 202
        return answer
    return made
