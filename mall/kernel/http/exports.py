"""Answers that are a sheet: `?format=csv`, sent while its rows are read, or `?format=xlsx`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Response, stream_with_context
from marshmallow import fields, validate

from mall.kernel.http.schemas import QuerySchema
from mall.kernel.sheet_chunks import Row, csv_chunks, xlsx_chunks

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WRITERS = {"csv": (csv_chunks, "text/csv"), "xlsx": (xlsx_chunks, XLSX)}
SHEETS: dict[str, Any] = {
    "responses": {
        200: {
            "description": "the sheet",
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                XLSX: {"schema": {"type": "string", "format": "binary"}},
            },
        }
    }
}
"""For `@blp.doc(**SHEETS)`: what such a route answers."""


class SheetQuery(QuerySchema):
    """Which kind of sheet."""

    format = fields.String(validate=validate.OneOf(list(_WRITERS)), load_default="csv")


def sheet_response(format_: str, stem: str, header: Row, rows: Iterable[Row]) -> Response:
    """A sheet named `stem`. Its rows are read while it is sent, in the app's context."""
    chunks, mimetype = _WRITERS[format_]
    sent = stream_with_context(chunks(header, rows))
    response = Response(sent, mimetype=mimetype)
    response.headers["Content-Disposition"] = f"attachment; filename={stem}.{format_}"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
