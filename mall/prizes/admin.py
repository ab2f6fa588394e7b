"""The desk of prizes: all that were given as rewards, whoever gave them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from flask import Response, request

from mall.catalog.admin_bulk import FORM, sheet_of_request
from mall.catalog.bulk_sheet import uploaded_sheet
from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.exports import SHEETS, SheetQuery, sheet_response
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, id_in, page
from mall.prizes import desk, managing
from mall.prizes.admin_schemas import (
    CancelPrizeInput,
    DeadlineInput,
    DeskQuery,
    StaffPrizePageSchema,
    StaffPrizeSchema,
)
from mall.prizes.shipping_sheet import ship_prizes
from mall.shipping.admin_bulk import AT_MOST, BulkShippingSchema, shown
from mall.shipping.bulk_sheet import COLUMNS, parcel_rows

blp = Blueprint("prizes_admin", __name__, url_prefix="/admin/api/v1", description="实物奖品管理")
_ALL = "/prizes"
_ONE = f"{_ALL}/<id:prize_id>"


@blp.route(_ALL, methods=["GET"])
@access.staff("prizes:read")
@blp.arguments(DeskQuery, location="query")
@blp.response(200, StaffPrizePageSchema)
def list_prizes(query: dict[str, Any]) -> Page[Any]:
    """Prizes, the newest first: all, or those that wait, are to be sent, are late, …"""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = desk.listed(db.session(), query.get("state"), before=before, limit=limit)
    return page(found, limit, lambda row: [row["PrizeClaim"].id])


@blp.route(_ONE, methods=["GET"])
@access.staff("prizes:read")
@blp.response(200, StaffPrizeSchema)
@blp.fails("prize_not_found")
def read_prize(prize_id: int) -> Any:
    """One prize."""
    return desk.one(db.session(), prize_id)


@blp.route(f"{_ONE}/deadline", methods=["PUT"])
@access.staff("prizes:write")
@idempotent
@blp.arguments(DeadlineInput)
@blp.response(200, StaffPrizeSchema)
@blp.fails("prize_not_found", "prize_state_conflict", "prize_deadline_invalid")
def extend_deadline(body: dict[str, Any], prize_id: int) -> Any:
    """Give the shopper longer to claim a prize."""
    managing.extend(prize_id, body["until"])
    return desk.one(db.session(), prize_id)


@blp.route(f"{_ONE}/cancellation", methods=["POST"])
@access.staff("prizes:write")
@idempotent
@blp.arguments(CancelPrizeInput)
@blp.response(200, StaffPrizeSchema)
@blp.fails("prize_not_found", "prize_state_conflict")
def cancel_prize(body: dict[str, str], prize_id: int) -> Any:
    """End a claim of which nothing was sent; its units are for sale again, its order is closed."""
    managing.cancel(prize_id, body["reason"])
    return desk.one(db.session(), prize_id)


@blp.route(f"{_ALL}/sheet", methods=["GET"])
@access.staff("prizes:export")
@blp.arguments(SheetQuery, location="query")
@blp.doc(**SHEETS)
def export_to_ship(query: dict[str, str]) -> Response:
    """What is to be sent as a sheet, with receivers; it is put on record. With carrier and number
    filled in, it is the sheet of `POST …/prizes/shipments`."""
    return sheet_response(query["format"], "prizes", desk.HEADER, desk.sheet_to_ship())


@blp.route(f"{_ALL}/shipments", methods=["POST"])
@access.staff("prizes:ship")
@blp.doc(requestBody=deepcopy(FORM))
@blp.response(200, BulkShippingSchema)
@blp.fails("body_too_large", "sheet_unreadable", "sheets_busy", "unknown_carrier")
def ship_by_sheet() -> dict[str, Any]:
    """Ship the prizes of an uploaded CSV or Excel sheet of up to 5,000 rows: 订单号, 快递公司,
    运单号. With `dry_run` nothing is kept. The same sheet again is harmless."""
    sheet = uploaded_sheet(*sheet_of_request(), COLUMNS, at_most=AT_MOST)
    dry_run = request.form.get("dry_run") == "true"
    return shown(ship_prizes(parcel_rows(sheet.rows), dry_run=dry_run), sheet)
