"""Statements of WeChat that contradict our books, as staff see and resolve them."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page
from mall.payments.disputes import queries
from mall.payments.disputes.resolving import resolve_discrepancy
from mall.payments.disputes.schemas import (
    DiscrepancyPageSchema,
    DiscrepancyQuery,
    DiscrepancyResolution,
    DiscrepancySchema,
)

blp = Blueprint(
    "payment_discrepancies_admin",
    __name__,
    url_prefix="/admin/api/v1",
    description="What WeChat says that contradicts our books",
)


@blp.route("/payment-discrepancies", methods=["GET"])
@access.staff("payment:read")
@blp.arguments(DiscrepancyQuery, location="query")
@blp.response(200, DiscrepancyPageSchema)
def list_discrepancies(query: dict[str, Any]) -> Page[dict[str, Any]]:
    """What WeChat said that contradicts our books, newest first, each with its next step."""
    with transaction() as session:
        return queries.discrepancies(
            session,
            resolved=query.get("resolved"),
            order_no=query.get("order_no"),
            cursor=query.get("cursor"),
            limit=query["limit"],
        )


@blp.route("/payment-discrepancies/<id:discrepancy_id>/resolution", methods=["POST"])
@access.staff("payment:write")
@blp.arguments(DiscrepancyResolution)
@blp.response(200, DiscrepancySchema)
@blp.fails("discrepancy_not_found", "discrepancy_already_resolved")
def resolve(body: dict[str, Any], discrepancy_id: int) -> dict[str, Any]:
    """Close one with a comment on how it was settled; its order may be sent again."""
    with transaction() as session:
        staff_id = access.current_staff().staff_id
        resolve_discrepancy(discrepancy_id, body["resolution"], staff_id)
        return queries.discrepancy(session, discrepancy_id)
