"""Payments, as staff see them."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, PageQuery
from mall.payments import queries
from mall.payments.models import PaymentDiscrepancy
from mall.payments.schemas import DiscrepancyPageSchema

blp = Blueprint(
    "payments_admin", __name__, url_prefix="/admin/api/v1", description="Payments and refunds"
)


@blp.route("/payment-discrepancies", methods=["GET"])
@access.staff("payment:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, DiscrepancyPageSchema)
def list_discrepancies(query: dict[str, Any]) -> Page[PaymentDiscrepancy]:
    """What WeChat said that contradicts our books, newest first."""
    with transaction() as session:
        return queries.discrepancies(session, query.get("cursor"), query["limit"])
