"""Staff's route for shipping many orders by one sheet."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from flask import request
from marshmallow import fields, validate

from mall.catalog.admin_bulk import FORM, sheet_of_request
from mall.catalog.bulk_sheet import uploaded_sheet
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.schemas import Schema
from mall.kernel.sheets import Sheet
from mall.shipping.bulk import BulkShipping, ship_in_bulk
from mall.shipping.bulk_sheet import COLUMNS, parcel_rows

blp = Blueprint("shipping_bulk_admin", __name__, url_prefix="/admin/api/v1", description="批量发货")
AT_MOST = 5_000
"""Rows of one upload: some seconds, or half a minute when each order goes in several parcels.

The command line takes any number.
"""


class RowResultSchema(Schema):
    line = fields.Integer(required=True, metadata={"description": "of the sheet"})
    order_no = fields.String(required=True)
    state = fields.String(
        required=True,
        validate=validate.OneOf(("shipped", "already", "refused")),
        metadata={"description": "already: the order had this parcel before"},
    )
    reason = fields.String(required=True, metadata={"description": "why it was refused"})


class BulkShippingSchema(Schema):
    """What became of each row; in a dry run what would have, and nothing was kept."""

    dry_run = fields.Boolean(required=True)
    rows = fields.Integer(required=True)
    shipped = fields.Integer(required=True)
    already = fields.Integer(required=True)
    refused = fields.Integer(required=True)
    results = fields.List(fields.Nested(RowResultSchema), required=True)
    unknown_columns = fields.List(
        fields.String(), required=True, metadata={"description": "of the sheet: nobody read them"}
    )


@blp.route("/shipments/sheet", methods=["POST"])
@access.staff("order:ship")
@blp.doc(requestBody=deepcopy(FORM))
@blp.response(200, BulkShippingSchema)
@blp.fails("body_too_large", "sheet_unreadable", "sheets_busy", "unknown_carrier")
def ship_by_sheet() -> dict[str, Any]:
    """Ship the orders of an uploaded CSV or Excel sheet of up to 5,000 rows.

    Columns 订单号, 快递公司 (code or name), 运单号, and SKU编号 with 数量 where an order goes in
    several parcels; others are named in the answer. Each order goes in or not at all. The same
    sheet again is harmless.
    """
    sheet = uploaded_sheet(*sheet_of_request(), COLUMNS, at_most=AT_MOST)
    dry_run = request.form.get("dry_run") == "true"
    return shown(ship_in_bulk(parcel_rows(sheet.rows), dry_run=dry_run), sheet)


def shown(report: BulkShipping, sheet: Sheet) -> dict[str, Any]:
    """What a sheet did, by the fields of `BulkShippingSchema`."""
    return {
        "dry_run": report.dry_run,
        "rows": len(report.results),
        "shipped": report.count("shipped"),
        "already": report.count("already"),
        "refused": report.count("refused"),
        "results": report.results,
        "unknown_columns": sheet.unknown,
    }
