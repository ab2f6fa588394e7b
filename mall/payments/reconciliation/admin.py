"""Staff HTTP of the reconciliation."""

from __future__ import annotations

from functools import partial
from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_staff
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery
from mall.payments.reconciliation import queries
from mall.payments.reconciliation.days import parse_day
from mall.payments.reconciliation.errors import ReconciliationNotFound
from mall.payments.reconciliation.requesting import request_run
from mall.payments.reconciliation.resolving import resolve_finding
from mall.payments.reconciliation.schemas import (
    FindingPageSchema,
    FindingQuery,
    FindingSchema,
    ReconciliationPageSchema,
    ReconciliationSchema,
    ResolutionSchema,
)

blp = Blueprint(
    "reconciliation_admin",
    __name__,
    url_prefix="/admin/api/v1",
    description="WeChat's bill against our books",
)
_day = partial(parse_day, unknown=ReconciliationNotFound)


@blp.route("/reconciliations", methods=["GET"])
@access.staff("reconciliation:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, ReconciliationPageSchema)
def list_days(query: dict[str, Any]) -> Page[dict[str, Any]]:
    """The days with their totals, newest first."""
    with transaction() as session:
        return queries.days(session, query.get("cursor"), query["limit"])


@blp.route("/reconciliations/<string:day>", methods=["GET"])
@access.staff("reconciliation:read")
@blp.response(200, ReconciliationSchema)
@blp.fails("reconciliation_not_found")
def show_day(day: str) -> dict[str, Any]:
    """One day (YYYY-MM-DD) with its totals."""
    with transaction() as session:
        return queries.one_day(session, _day(day))


@blp.route("/reconciliations/<string:day>/findings", methods=["GET"])
@access.staff("reconciliation:read")
@blp.arguments(FindingQuery, location="query")
@blp.response(200, FindingPageSchema)
@blp.fails("reconciliation_not_found")
def list_findings(query: dict[str, Any], day: str) -> Page[dict[str, Any]]:
    """What differs on a day, each with its next step."""
    with transaction() as session:
        return queries.findings(
            session,
            _day(day),
            kind=query.get("kind"),
            resolved=query.get("resolved"),
            cursor=query.get("cursor"),
            limit=query["limit"],
        )


@blp.route("/reconciliations/<string:day>/findings/<id:finding_id>/resolution", methods=["POST"])
@access.staff("reconciliation:write")
@blp.arguments(ResolutionSchema)
@blp.response(200, FindingSchema)
@blp.fails("finding_not_found", "finding_already_resolved")
def resolve(body: dict[str, Any], day: str, finding_id: int) -> dict[str, Any]:
    """Close a finding with a comment on how it was settled."""
    with transaction() as session:
        staff_id = current_staff().staff_id
        resolve_finding(_day(day), finding_id, body["resolution"], staff_id)
        return queries.finding(session, finding_id)


@blp.route("/reconciliations/<string:day>/runs", methods=["POST"])
@access.staff("reconciliation:write")
@idempotent
@blp.response(202, ReconciliationSchema)
@blp.fails("reconciliation_not_found", "reconciliation_day_out_of_range")
def run(day: str) -> dict[str, Any]:
    """Compare a day again, in the background."""
    with transaction() as session:
        wanted = _day(day)
        request_run(wanted)
        return queries.one_day(session, wanted)
