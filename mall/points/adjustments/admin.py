"""Points given and taken by hand."""

from __future__ import annotations

from typing import Any

from flask import Response

from mall.approvals.answers import approval_answer
from mall.approvals.schemas import ApprovalAskedSchema
from mall.kernel.http import access
from mall.kernel.http.access import current_staff
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.points.adjustments.adjusting import Adjusted, AdjustmentAsked, adjust_or_ask
from mall.points.adjustments.schemas import PointsAdjustedSchema, PointsAdjustmentSchema

blp = Blueprint(
    "points_adjustments",
    __name__,
    url_prefix="/admin/api/v1/shoppers/<id:user_id>",
    description="积分调整",
)


@blp.route("/points-adjustments", methods=["POST"])
@access.staff("points:write")
@idempotent
@blp.arguments(PointsAdjustmentSchema)
@blp.response(201, PointsAdjustedSchema)
@blp.alt_response(202, schema=ApprovalAskedSchema)
@blp.fails("points_short", "points_account_closed", "approval_pending", "not_found")
def adjust(body: dict[str, Any], user_id: int) -> Adjusted | Response:
    """Give points or take them, with a reason.

    Above the shop's limit (`points.approval_above`) another staff member approves first: the
    answer is 202 with the approval's id.
    """
    made = adjust_or_ask(current_staff(), user_id, body["points"], body["reason"])
    if isinstance(made, AdjustmentAsked):
        return approval_answer(made.approval_id)
    return made
