"""Staff's routes for the stock of many SKUs at once."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from flask import request
from marshmallow import ValidationError, fields, validate, validates_schema

from mall.catalog.admin_bulk import FORM, FaultSchema, sheet_of_request
from mall.catalog.admin_schemas import CODE
from mall.catalog.bulk import AT_MOST
from mall.inventory.bulk import StockReport, StockRow, change_stock_in_bulk
from mall.inventory.bulk_sheet import stock_rows_of_sheet
from mall.inventory.errors import StockReasonMissing
from mall.inventory.schemas import MAX_MOVEMENT
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.schemas import Schema, StrictBoolean, Text, whole

blp = Blueprint(
    "stock_bulk_admin", __name__, url_prefix="/admin/api/v1/stock", description="库存批量修改"
)
MAX_REASON = 200
SHEET_FORM = deepcopy(FORM)
_SHEET: dict[str, Any] = SHEET_FORM["content"]["multipart/form-data"]["schema"]  # type: ignore[index]
_SHEET["required"] = ["file", "reason"]
_SHEET["properties"]["reason"] = {"type": "string", "minLength": 1, "maxLength": MAX_REASON}


class StockRowSchema(Schema):
    """`add` units (below zero takes out), or set `sellable` from what it `was`."""

    sku_code = Text(at_least=1, at_most=64, required=True, validate=CODE)
    add = whole(-MAX_MOVEMENT, MAX_MOVEMENT)
    sellable = whole(0, MAX_MOVEMENT)
    was = whole(
        0, MAX_MOVEMENT, metadata={"description": "refused when something else is sellable now"}
    )

    @validates_schema
    def _one_of_two(self, data: dict[str, Any], **_: Any) -> None:
        if set(data) - {"sku_code"} not in ({"add"}, {"sellable", "was"}):
            raise ValidationError("须填写增减数量，或可售数量与原数量", "add")


class StockBulkSchema(Schema):
    rows = fields.List(
        fields.Nested(StockRowSchema),
        required=True,
        validate=validate.Length(min=1, max=AT_MOST),
    )
    reason = Text(at_least=1, at_most=MAX_REASON, required=True)
    dry_run = StrictBoolean(load_default=False)


class SheetReason(Schema):
    """What a sheet's form says beside its file."""

    reason = Text(at_least=1, at_most=MAX_REASON, required=True)


class StockReportSchema(Schema):
    """All rows went in (`applied`), or none. In a dry run none do, faults or not."""

    applied = fields.Boolean(required=True)
    rows = fields.Integer(required=True)
    changed_skus = fields.Integer(required=True)
    units_in = fields.Integer(required=True)
    units_out = fields.Integer(required=True)
    faults = fields.List(fields.Nested(FaultSchema), required=True)


@blp.route("/bulk-changes", methods=["POST"])
@access.staff("stock:write")
@idempotent
@blp.arguments(StockBulkSchema)
@blp.response(200, StockReportSchema)
def change(body: dict[str, Any]) -> StockReport:
    """Change the stock of up to 1,000 SKUs: all of them or none."""
    rows = [StockRow(line, **row) for line, row in enumerate(body["rows"], start=1)]
    return change_stock_in_bulk(rows, reason=body["reason"], dry_run=body["dry_run"])


@blp.route("/bulk-changes/sheet", methods=["POST"])
@access.staff("stock:write")
@idempotent
@blp.doc(requestBody=SHEET_FORM)
@blp.response(200, StockReportSchema)
@blp.fails("body_too_large", "sheet_unreadable", "stock_reason_missing", "sheets_busy")
def change_by_sheet() -> StockReport:
    """The same from an uploaded CSV or Excel sheet of up to 1,000 rows."""
    reason = _reason_of_form()
    rows, faults = stock_rows_of_sheet(*sheet_of_request())
    dry_run = bool(faults) or request.form.get("dry_run") == "true"
    report = change_stock_in_bulk(rows, reason=reason, dry_run=dry_run)
    report.rows += len({fault.line for fault in faults})
    report.faults = sorted([*faults, *report.faults], key=lambda fault: fault.line)
    return report


def _reason_of_form() -> str:
    try:
        return str(SheetReason().load({"reason": request.form.get("reason", "")})["reason"])
    except ValidationError:
        raise StockReasonMissing(param="reason") from None
