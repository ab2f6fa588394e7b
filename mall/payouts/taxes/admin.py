"""Staff HTTP of the sheet for taxes."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields, validate

from mall.kernel.db import db, transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.exports import SHEETS, SheetQuery, sheet_response
from mall.payouts.taxes.export import HEADER, tax_rows
from mall.staff.audit import record

blp = Blueprint("payout_taxes", __name__, url_prefix="/admin/api/v1", description="涉税数据")


class TaxQuery(SheetQuery):
    """The year of the payments, and whether each month or the whole year is a row."""

    year = fields.Integer(required=True, validate=validate.Range(2020, 2200))
    by = fields.String(validate=validate.OneOf(("month", "year")), load_default="month")


@blp.route("/payout-taxes/export", methods=["GET"])
@access.staff("payout:tax")
@blp.arguments(TaxQuery, location="query")
@blp.doc(**SHEETS)
def export_taxes(query: dict[str, Any]) -> Response:
    """What was paid in a year, by person, month (or the whole year) and kind of income."""
    year, by = query["year"], query["by"]
    with transaction() as session:
        record(
            session,
            action="payout.export_taxes",
            target_type="payout_taxes",
            target_id=year,
            after={"by": by},
        )
    rows = tax_rows(db.engine, year, by)
    return sheet_response(query["format"], f"payout-taxes-{year}-by-{by}", HEADER, rows)
