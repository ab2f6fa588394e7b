"""Codes, for staff: imports, masked lists, one code in clear, a replacement."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from flask import Response, jsonify, request
from marshmallow import ValidationError

from mall.catalog.admin_bulk import FORM, sheet_of_request
from mall.kernel.db import db
from mall.kernel.errors import ValidationFailed
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.points.exchange.codes import queries, replacing
from mall.points.exchange.codes.importing import ImportReport, import_codes
from mall.points.exchange.codes.queries import BatchView, CodeView
from mall.points.exchange.codes.schemas import (
    ExchangeCodeBatchPageSchema,
    ExchangeCodePageSchema,
    ExchangeCodeQuery,
    ExchangeCodesInput,
    ExchangeImportSchema,
    ReplacementInput,
    ReplacementSchema,
    RevealedCodeSchema,
    SheetOfCodesForm,
    WithdrawnSchema,
)
from mall.points.exchange.codes.sheet import rows_of_list, rows_of_sheet

blp = Blueprint(
    "exchange_codes_admin", __name__, url_prefix="/admin/api/v1", description="兑换码管理"
)
_OF_ITEM = "/exchange-items/<id:item_id>/codes"
CODES_FORM = deepcopy(FORM)
_SHEET: dict[str, Any] = CODES_FORM["content"]["multipart/form-data"]["schema"]  # type: ignore[index]
_SHEET["required"] = ["file", "name"]
_SHEET["properties"]["name"] = {"type": "string", "minLength": 1, "maxLength": 60}
_SHEET["properties"]["restore"] = {"type": "string", "enum": ["true", "false"]}


@blp.route(_OF_ITEM, methods=["POST"])
@access.staff("code:write")
@idempotent
@blp.arguments(ExchangeCodesInput)
@blp.response(200, ExchangeImportSchema)
@blp.fails("exchange_item_not_found", "exchange_item_ended", "exchange_no_codes", "out_of_stock")
def add_codes(body: dict[str, Any], item_id: int) -> ImportReport:
    """Import up to 1,000 codes; known ones are left out and reported."""
    rows = rows_of_list(body.pop("codes"), body.pop("expires_on"))
    return import_codes(item_id, rows=rows, **body)


@blp.route(f"{_OF_ITEM}/sheet", methods=["POST"])
@access.staff("code:write")
@idempotent
@blp.doc(requestBody=CODES_FORM)
@blp.response(200, ExchangeImportSchema)
@blp.fails("exchange_item_not_found", "exchange_item_ended", "body_too_large", "sheet_unreadable")
@blp.fails("exchange_no_codes", "sheets_busy", "out_of_stock", "validation_failed")
def add_codes_by_sheet(item_id: int) -> ImportReport:
    """The same from an uploaded CSV or Excel sheet: 兑换码, 有效期至; up to 5,000 rows."""
    form = _form()
    rows, faults = rows_of_sheet(*sheet_of_request())
    said = {name: form[name] == "true" for name in ("restore", "dry_run")}
    return import_codes(item_id, form["name"], rows, faults=faults, **said)


def _form() -> dict[str, Any]:
    names = ("name", "restore", "dry_run")
    sent = {name: request.form[name] for name in names if name in request.form}
    try:
        form: dict[str, Any] = SheetOfCodesForm().load(sent)
    except ValidationError as fault:
        raise ValidationFailed(param=next(iter(fault.messages_dict))) from None
    return form


@blp.route(_OF_ITEM, methods=["GET"])
@access.staff("exchange:read")
@blp.arguments(ExchangeCodeQuery, location="query")
@blp.response(200, ExchangeCodePageSchema)
def list_codes(query: dict[str, Any], item_id: int) -> Page[CodeView]:
    """An item's codes, masked, newest first."""
    found = queries.codes(
        db.session(),
        item_id,
        status=query.get("status"),
        before=id_in(query.get("cursor")),
        limit=query["limit"],
    )
    return page(found, query["limit"], lambda row: [row.code.id])


@blp.route("/exchange-items/<id:item_id>/code-batches", methods=["GET"])
@access.staff("exchange:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, ExchangeCodeBatchPageSchema)
def list_batches(query: dict[str, Any], item_id: int) -> Page[BatchView]:
    """An item's batches, newest first."""
    before = id_in(query.get("cursor"))
    found = queries.batches(db.session(), item_id, before=before, limit=query["limit"])
    return page(found, query["limit"], lambda row: [row.id])


@blp.route("/exchange-code-batches/<id:batch_id>/withdrawal", methods=["POST"])
@access.staff("code:write")
@blp.response(200, WithdrawnSchema)
@blp.fails("exchange_batch_not_found")
def withdraw(batch_id: int) -> dict[str, int]:
    """Take what wasn't delivered of a batch out of the stock."""
    return {"codes": replacing.withdraw_batch(batch_id)}


@blp.route("/exchange-codes/<id:code_id>/reveal", methods=["POST"])
@access.staff("code:reveal")
@blp.response(200, RevealedCodeSchema)
@blp.fails("exchange_code_not_found")
def reveal(code_id: int) -> Response:
    """One code in clear; that it was looked at stands in the audit trail."""
    answer = jsonify({"code": queries.reveal(code_id)})
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blp.route("/orders/<order_no>/code-replacement", methods=["POST"])
@access.staff("code:write")
@idempotent
@blp.arguments(ReplacementInput)
@blp.response(201, ReplacementSchema)
@blp.fails("order_not_found", "exchange_code_not_found", "exchange_code_replaced")
@blp.fails("exchange_codes_gone")
def replace(body: dict[str, Any], order_no: str) -> dict[str, int]:
    """Give an order another code, once, with a reason."""
    return {"code_id": replacing.replace_code(order_no, body["reason"])}
