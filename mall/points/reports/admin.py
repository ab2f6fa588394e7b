"""Reports of points, for staff."""

from __future__ import annotations

from typing import Any

from flask import Response

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.exports import SHEETS, SheetQuery, sheet_response
from mall.kernel.http.schemas import DaysQuery
from mall.points.reports import exports, queries
from mall.points.reports.queries import Liability
from mall.points.reports.schemas import (
    MonthsQuery,
    MonthsSheetQuery,
    PointsBalanceDaysSchema,
    PointsFlowsSchema,
    PointsLiabilitySchema,
    PointsRuleCostsSchema,
)

blp = Blueprint(
    "points_reports", __name__, url_prefix="/admin/api/v1/points-reports", description="积分报表"
)


@blp.route("/liability", methods=["GET"])
@access.staff("points:report")
@blp.response(200, PointsLiabilitySchema)
def show_liability() -> Liability:
    """What the shop owes in points, by the month of expiry, as of the last roll-up.

    Before the first night, as of now.
    """
    with transaction() as session:
        return queries.liability(session)


@blp.route("/liability/export", methods=["GET"])
@access.staff("points:report")
@blp.arguments(SheetQuery, location="query")
@blp.doc(**SHEETS)
def export_liability(query: dict[str, Any]) -> Response:
    """The same as a sheet."""
    with transaction() as session:
        report = queries.liability(session)
    rows = exports.liability_rows(report)
    return sheet_response(query["format"], "points-liability", exports.LIABILITY_HEADER, rows)


@blp.route("/balances", methods=["GET"])
@access.staff("points:report")
@blp.arguments(DaysQuery, location="query")
@blp.response(200, PointsBalanceDaysSchema)
def list_balances(query: dict[str, Any]) -> dict[str, Any]:
    """All accounts together at the end of each shop day."""
    with transaction() as session:
        return {"items": queries.balances(session, query["first"], query["last"])}


@blp.route("/flows", methods=["GET"])
@access.staff("points:report")
@blp.arguments(MonthsQuery, location="query")
@blp.response(200, PointsFlowsSchema)
def list_flows(query: dict[str, Any]) -> dict[str, Any]:
    """What was granted, spent, expired and reversed by month, until yesterday."""
    with transaction() as session:
        return {"items": queries.flows(session, query["first"], query["last"])}


@blp.route("/flows/export", methods=["GET"])
@access.staff("points:report")
@blp.arguments(MonthsSheetQuery, location="query")
@blp.doc(**SHEETS)
def export_flows(query: dict[str, Any]) -> Response:
    """The same as a sheet."""
    with transaction() as session:
        rows = exports.flow_rows(queries.flows(session, query["first"], query["last"]))
    return sheet_response(query["format"], "points-flows", exports.FLOW_HEADER, rows)


@blp.route("/rules", methods=["GET"])
@access.staff("points:report")
@blp.arguments(MonthsQuery, location="query")
@blp.response(200, PointsRuleCostsSchema)
def list_rule_costs(query: dict[str, Any]) -> dict[str, Any]:
    """What each reward rule gave in points, net of what was taken back; the dearest first."""
    with transaction() as session:
        return {"items": queries.rule_costs(session, query["first"], query["last"])}


@blp.route("/rules/export", methods=["GET"])
@access.staff("points:report")
@blp.arguments(MonthsSheetQuery, location="query")
@blp.doc(**SHEETS)
def export_rule_costs(query: dict[str, Any]) -> Response:
    """The same as a sheet."""
    with transaction() as session:
        rows = exports.rule_rows(queries.rule_costs(session, query["first"], query["last"]))
    return sheet_response(query["format"], "points-rules", exports.RULE_HEADER, rows)
