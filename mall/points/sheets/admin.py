"""Points by a sheet, for staff: upload and check, give, watch, stop."""

from __future__ import annotations

from typing import Any

from flask import Response

from mall.approvals.answers import approval_answer
from mall.approvals.schemas import ApprovalAskedSchema
from mall.kernel.db import db, transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_staff
from mall.kernel.http.api import Blueprint
from mall.kernel.http.exports import SHEETS, SheetQuery, sheet_response
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.points.sheets import queries, starting
from mall.points.sheets.checking import check_sheet
from mall.points.sheets.models import LINE_FAULTY, PointsSheet, PointsSheetLine
from mall.points.sheets.receiving import FORM, file_of_request, form_of_request
from mall.points.sheets.schemas import (
    CheckedSheetSchema,
    PointsSheetLinePageSchema,
    PointsSheetLineQuery,
    PointsSheetPageSchema,
    PointsSheetSchema,
)

blp = Blueprint(
    "points_sheets", __name__, url_prefix="/admin/api/v1/points-sheets", description="积分表格"
)
FAULTS_SHOWN = 200


@blp.route("", methods=["POST"])
@access.staff("points:write")
@blp.doc(requestBody=FORM)
@blp.response(201, CheckedSheetSchema)
@blp.fails("points_sheet_key_used", "body_too_large", "sheet_unreadable", "sheets_busy")
@blp.fails("validation_failed")
def upload() -> dict[str, Any]:
    """Check a CSV or Excel sheet of up to 50,000 lines and keep it. Nothing is given yet.

    Columns 用户编号 or 手机号, 积分, and as needed 到期日 (2027-12-31, or 永久), 外部编号, 备注; an
    opening balance needs 到期日 and 外部编号. The same sheet under the same key is said again.
    """
    form = form_of_request()
    with file_of_request() as path:
        sheet_id = check_sheet(current_staff(), form, path)
    with transaction() as session:
        kept = queries.sheet(session, sheet_id)
        faults = queries.lines(session, sheet_id, status=LINE_FAULTY, after=0, limit=FAULTS_SHOWN)
        same = queries.same_content(session, kept)
    return {"sheet": kept, "faults": faults[:FAULTS_SHOWN], "same_content_as": same}


@blp.route("", methods=["GET"])
@access.staff("points:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, PointsSheetPageSchema)
def list_sheets(query: dict[str, Any]) -> Page[PointsSheet]:
    """Sheets, newest first."""
    before = id_in(query.get("cursor"))
    with transaction() as session:
        found = queries.sheets(session, before=before, limit=query["limit"])
    return page(found, query["limit"], lambda row: [row.id])


@blp.route("/<id:sheet_id>", methods=["GET"])
@access.staff("points:read")
@blp.response(200, PointsSheetSchema)
@blp.fails("points_sheet_not_found")
def show_sheet(sheet_id: int) -> PointsSheet:
    """One sheet, and how far it has been given."""
    with transaction() as session:
        return queries.sheet(session, sheet_id)


@blp.route("/<id:sheet_id>/lines", methods=["GET"])
@access.staff("points:read")
@blp.arguments(PointsSheetLineQuery, location="query")
@blp.response(200, PointsSheetLinePageSchema)
@blp.fails("points_sheet_not_found")
def list_lines(query: dict[str, Any], sheet_id: int) -> Page[PointsSheetLine]:
    """The lines of a sheet in its order, all or those of one status."""
    after, limit = id_in(query.get("cursor")) or 0, query["limit"]
    with transaction() as session:
        queries.sheet(session, sheet_id)
        found = queries.lines(session, sheet_id, status=query["status"], after=after, limit=limit)
    return page(found, limit, lambda row: [row.line])


@blp.route("/<id:sheet_id>/report", methods=["GET"])
@access.staff("points:read")
@blp.arguments(SheetQuery, location="query")
@blp.doc(**SHEETS)
@blp.fails("points_sheet_not_found")
def export_lines(query: dict[str, Any], sheet_id: int) -> Response:
    """All lines with what became of them, as a sheet."""
    with transaction() as session:
        queries.sheet(session, sheet_id)
    rows = queries.line_rows(db.engine, sheet_id)
    return sheet_response(query["format"], f"points-sheet-{sheet_id}", queries.HEADER, rows)


@blp.route("/<id:sheet_id>/giving", methods=["POST"])
@access.staff("points:write")
@blp.response(200, PointsSheetSchema)
@blp.alt_response(202, schema=ApprovalAskedSchema)
@blp.fails("points_sheet_not_found", "points_sheet_faulty", "points_sheet_ended")
@blp.fails("approval_pending")
def give(sheet_id: int) -> PointsSheet | Response:
    """Give a sheet that has no fault; it goes on in the background. Again changes nothing.

    Above the shop's limit (`points.approval_above`) another staff member approves first: the
    answer is 202 with the approval's id. A sheet that was stopped goes on.
    """
    asked = starting.start_or_ask(current_staff(), sheet_id)
    if asked is not None:
        return approval_answer(asked.approval_id)
    with transaction() as session:
        return queries.sheet(session, sheet_id)


@blp.route("/<id:sheet_id>/giving", methods=["DELETE"])
@access.staff("points:write")
@blp.response(200, PointsSheetSchema)
@blp.fails("points_sheet_not_found", "points_sheet_ended")
def stop(sheet_id: int) -> PointsSheet:
    """Cancel a sheet that waits, or stop one that runs; what it gave stays."""
    starting.stop(sheet_id)
    with transaction() as session:
        return queries.sheet(session, sheet_id)
