"""Staff's routes for many products at once."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from marshmallow import ValidationError, fields, validate, validates_schema

from mall.catalog.admin_schemas import CODE
from mall.catalog.bulk import AT_MOST, BulkReport, BulkRow, change_in_bulk
from mall.catalog.bulk_sheet import rows_of_sheet
from mall.catalog.costs import cost_fen, require_costs
from mall.catalog.errors import SheetUnreadable
from mall.catalog.importing.template import FILE_NAME, template
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.exports import XLSX
from mall.kernel.http.schemas import Schema, StrictBoolean, Text, whole
from mall.kernel.money import MAX_FEN

blp = Blueprint(
    "catalog_bulk_admin", __name__, url_prefix="/admin/api/v1/catalog", description="商品批量修改"
)
MAX_SHEET_BYTES = 1024 * 1024
FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": {"type": "string", "format": "binary"},
                    "dry_run": {"type": "string", "enum": ["true", "false"]},
                },
            }
        }
    },
}


class BulkRowSchema(Schema):
    """A SKU's prices and offer, a product's shelf. What is left out stays as it is."""

    sku_code = Text(at_least=1, at_most=64, validate=CODE)
    spu_code = Text(at_least=1, at_most=64, validate=CODE)
    price_fen = whole(1, MAX_FEN)
    list_price_fen = whole(1, MAX_FEN, allow_none=True)
    cost_fen = cost_fen()
    enabled = StrictBoolean(metadata={"description": "whether the SKU is on offer"})
    on_shelf = StrictBoolean(metadata={"description": "of the product: needs spu_code"})

    @validates_schema
    def _named(self, data: dict[str, Any], **_: Any) -> None:
        if not {"sku_code", "spu_code"} & set(data):
            raise ValidationError("缺少编号", "sku_code")


class BulkSchema(Schema):
    rows = fields.List(
        fields.Nested(BulkRowSchema),
        required=True,
        validate=validate.Length(min=1, max=AT_MOST),
    )
    dry_run = StrictBoolean(load_default=False)


class FaultSchema(Schema):
    line = fields.Integer(required=True, metadata={"description": "of the sheet, or from 1"})
    field = fields.String(required=True)
    reason = fields.String(required=True)


class BulkReportSchema(Schema):
    """All rows went in (`applied`), or none. In a dry run none do, faults or not."""

    applied = fields.Boolean(required=True)
    rows = fields.Integer(required=True)
    changed_skus = fields.Integer(required=True)
    changed_products = fields.Integer(required=True)
    faults = fields.List(fields.Nested(FaultSchema), required=True)


@blp.route("/bulk-changes", methods=["POST"])
@access.staff("catalog:write")
@blp.arguments(BulkSchema)
@blp.response(200, BulkReportSchema)
@blp.fails("spec_values_repeated", "brand_not_found", "category_not_found", "shelf_times_invalid")
@blp.fails("sku_code_taken", "spu_code_taken")
def change(body: dict[str, Any]) -> BulkReport:
    """Change prices and shelves of up to 1,000 rows: all of them or none."""
    rows = [
        BulkRow(line, row.pop("sku_code", None), row.pop("spu_code", None), row)
        for line, row in enumerate(body["rows"], start=1)
    ]
    return change_in_bulk(rows, dry_run=body["dry_run"])


@blp.route("/bulk-changes/sheet", methods=["POST"])
@access.staff("catalog:write")
@blp.doc(requestBody=FORM)
@blp.response(200, BulkReportSchema)
@blp.fails("body_too_large", "sheet_unreadable", "sheets_busy", "brand_not_found")
@blp.fails("category_not_found", "shelf_times_invalid", "sku_code_taken", "spec_values_repeated")
@blp.fails("spu_code_taken")
def change_by_sheet() -> BulkReport:
    """The same from an uploaded CSV or Excel sheet of up to 1,000 rows. Cost prices in it need
    `catalog:cost`, or nothing goes in."""
    rows, faults = rows_of_sheet(*sheet_of_request())
    if any("cost_fen" in row.changes for row in rows):
        require_costs()
    report = change_in_bulk(rows, dry_run=bool(faults) or request.form.get("dry_run") == "true")
    report.faults = sorted([*faults, *report.faults], key=lambda fault: fault.line)
    return report


@blp.route("/import-template", methods=["GET"])
@access.staff("catalog:read")
@blp.response(200, {"type": "string", "format": "binary"}, content_type=XLSX, description="Excel")
def import_template() -> Response:
    """The sheet for `mall catalog import`: all columns, an example, and what each column means."""
    response = Response(template(), mimetype=XLSX)
    response.headers["Content-Disposition"] = f"attachment; filename={FILE_NAME}"
    return response


def sheet_of_request() -> tuple[bytes, str]:
    """The content and the name of the one file of the request. Raises SheetUnreadable."""
    file = request.files.get("file")
    if file is None:
        raise SheetUnreadable("请选择要上传的表格", param="file")
    content = file.stream.read(MAX_SHEET_BYTES + 1)
    if len(content) > MAX_SHEET_BYTES:
        raise SheetUnreadable("表格过大", param="file")
    return content, file.filename or ""
