"""Approvals over HTTP."""

from __future__ import annotations

from typing import Any

from mall.approvals import deciding, queries, requesting, schemas
from mall.approvals.kinds import CARRYING_OUT
from mall.kernel.db import db, transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_staff
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page

blp = Blueprint(
    "approvals_admin", __name__, url_prefix="/admin/api/v1/approvals", description="审批"
)


@blp.route("", methods=["GET"])
@access.staff(access.SELF)
@blp.arguments(schemas.ApprovalQuery, location="query")
@blp.response(200, schemas.ApprovalPageSchema)
def list_approvals(query: dict[str, Any]) -> Page[dict[str, Any]]:
    """Requests, newest first; without `approval:read` one's own only."""
    cursor, limit = query.pop("cursor", None), query.pop("limit")
    wanted = queries.ApprovalFilter(**query)
    return queries.approvals(db.session(), current_staff(), wanted, cursor, limit)


@blp.route("/<id:approval_id>", methods=["GET"])
@access.staff(access.SELF)
@blp.response(200, schemas.ApprovalSchema)
@blp.fails("approval_not_found")
def show_approval(approval_id: int) -> dict[str, Any]:
    """One request; without `approval:read` one's own only."""
    return queries.approval(db.session(), current_staff(), approval_id)


@blp.route("/<id:approval_id>/decision", methods=["POST"])
@access.staff(queries.READ)
@idempotent
@blp.arguments(schemas.DecisionSchema)
@blp.response(200, schemas.ApprovalSchema)
@blp.fails(
    "own_approval",
    "approval_not_found",
    "approval_ended",
    "approval_kind_unknown",
    hooks=(CARRYING_OUT,),
)
def decide(body: dict[str, Any], approval_id: int) -> dict[str, Any]:
    """Approve, which carries the request out at once, or reject. Needs the kind's permission."""
    decision = deciding.approve if body["approve"] else deciding.reject
    with transaction() as session:
        decision(current_staff(), approval_id, body["comment"])
        return queries.approval(session, current_staff(), approval_id)


@blp.route("/<id:approval_id>/withdrawal", methods=["POST"])
@access.staff(access.SELF)
@blp.response(200, schemas.ApprovalSchema)
@blp.fails("not_own_approval", "approval_not_found", "approval_ended")
def withdraw(approval_id: int) -> dict[str, Any]:
    """Take one's own request back."""
    requesting.withdraw(current_staff(), approval_id)
    return queries.approval(db.session(), current_staff(), approval_id)
