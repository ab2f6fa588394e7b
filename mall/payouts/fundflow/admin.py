"""Staff HTTP of the fund-flow bill."""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import RowMapping

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_staff
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery
from mall.payments.reconciliation.days import parse_day
from mall.payments.reconciliation.schemas import ResolutionSchema
from mall.payouts.fundflow import queries
from mall.payouts.fundflow.errors import FundFlowDayNotFound
from mall.payouts.fundflow.requesting import request_comparison, resolve_finding
from mall.payouts.fundflow.schemas import (
    FundFlowDayPageSchema,
    FundFlowDaySchema,
    FundFlowFindingPageSchema,
    FundFlowFindingQuery,
    FundFlowFindingSchema,
)

blp = Blueprint(
    "fund_flow_admin",
    __name__,
    url_prefix="/admin/api/v1",
    description="WeChat's fund-flow bill against our transfers",
)
_day = partial(parse_day, unknown=FundFlowDayNotFound)


@blp.route("/fund-flow", methods=["GET"])
@access.staff("reconciliation:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, FundFlowDayPageSchema)
def list_days(query: dict[str, Any]) -> Page[RowMapping]:
    """The days with their totals, newest first."""
    with transaction() as session:
        return queries.days(session, query.get("cursor"), query["limit"])


@blp.route("/fund-flow/<string:day>", methods=["GET"])
@access.staff("reconciliation:read")
@blp.response(200, FundFlowDaySchema)
@blp.fails("fund_flow_day_not_found")
def show_day(day: str) -> RowMapping:
    """One day (YYYY-MM-DD) with its totals."""
    with transaction() as session:
        return queries.one_day(session, _day(day))


@blp.route("/fund-flow/<string:day>/findings", methods=["GET"])
@access.staff("reconciliation:read")
@blp.arguments(FundFlowFindingQuery, location="query")
@blp.response(200, FundFlowFindingPageSchema)
@blp.fails("fund_flow_day_not_found")
def list_findings(query: dict[str, Any], day: str) -> Page[dict[str, Any]]:
    """The transfers that differ on a day, each with its next step."""
    with transaction() as session:
        return queries.findings(
            session,
            _day(day),
            resolved=query.get("resolved"),
            cursor=query.get("cursor"),
            limit=query["limit"],
        )


@blp.route("/fund-flow/<string:day>/findings/<id:finding_id>/resolution", methods=["POST"])
@access.staff("reconciliation:write")
@blp.arguments(ResolutionSchema)
@blp.response(200, FundFlowFindingSchema)
@blp.fails("fund_flow_finding_not_found", "fund_flow_day_not_found", "fund_flow_finding_resolved")
def resolve(body: dict[str, Any], day: str, finding_id: int) -> dict[str, Any]:
    """Close a finding with a comment on how it was settled."""
    with transaction() as session:
        resolve_finding(_day(day), finding_id, body["resolution"], current_staff().staff_id)
        return queries.finding(session, finding_id)


@blp.route("/fund-flow/<string:day>/runs", methods=["POST"])
@access.staff("reconciliation:write")
@idempotent
@blp.response(202, FundFlowDaySchema)
@blp.fails("fund_flow_day_not_found", "reconciliation_day_out_of_range")
def run(day: str) -> RowMapping:
    """Compare a day again, in the background."""
    with transaction() as session:
        wanted = _day(day)
        request_comparison(wanted)
        return queries.one_day(session, wanted)
