"""Shapes of codes."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.catalog.admin_bulk import FaultSchema
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text
from mall.kernel.http.times import ShopDay
from mall.points.exchange.codes.importing import MAX_CODE
from mall.points.exchange.codes.models import STATUSES

MAX_LISTED = 1_000
MAX_REASON = 200
_TRUE_OR_FALSE = validate.OneOf(("true", "false"))


class ExchangeCodesInput(Schema):
    """Codes as text; a sheet takes more."""

    name = Text(
        at_least=1, at_most=60, required=True, metadata={"description": "what the batch is called"}
    )
    codes = fields.List(
        Text(at_least=1, at_most=MAX_CODE),
        required=True,
        validate=validate.Length(min=1, max=MAX_LISTED),
    )
    expires_on = ShopDay(
        load_default=None,
        allow_none=True,
        metadata={"description": "the shop day at whose end they expire"},
    )
    restore = StrictBoolean(
        load_default=False,
        metadata={"description": "withdrawn and expired codes that nobody got go in again"},
    )
    dry_run = StrictBoolean(load_default=False)


class SheetOfCodesForm(Schema):
    """What a sheet's form says beside its file."""

    name = Text(at_least=1, at_most=60, required=True)
    restore = fields.String(load_default="false", validate=_TRUE_OR_FALSE)
    dry_run = fields.String(load_default="false", validate=_TRUE_OR_FALSE)


class ExchangeImportSchema(Schema):
    """`new` codes went in if there is a `batch_id`; duplicates never do. Faults let none in."""

    rows = fields.Integer(required=True)
    new = fields.Integer(required=True)
    batch_id = Id(required=True, allow_none=True)
    duplicates = fields.List(fields.Nested(FaultSchema), required=True)
    faults = fields.List(fields.Nested(FaultSchema), required=True)


class ExchangeCodeSchema(Schema):
    """A code, masked."""

    id = Id(attribute="code.id", required=True)
    batch_id = Id(attribute="code.batch_id", required=True)
    masked = fields.String(required=True)
    status = fields.String(
        attribute="code.status", required=True, validate=validate.OneOf(STATUSES)
    )
    expires_at = fields.AwareDateTime(attribute="code.expires_at", required=True, allow_none=True)
    order_no = fields.String(required=True, allow_none=True)
    delivered_at = fields.AwareDateTime(
        attribute="code.delivered_at", required=True, allow_none=True
    )
    seen_at = fields.AwareDateTime(
        attribute="code.seen_at",
        required=True,
        allow_none=True,
        metadata={"description": "when the shopper first looked at it"},
    )


ExchangeCodePageSchema = page_schema(ExchangeCodeSchema)


class ExchangeCodeQuery(PageQuery):
    status = fields.String(validate=validate.OneOf(STATUSES))


class ExchangeCodeBatchSchema(Schema):
    id = Id(required=True)
    item_id = Id(required=True)
    name = fields.String(required=True)
    codes = fields.Integer(required=True)
    free = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)


ExchangeCodeBatchPageSchema = page_schema(ExchangeCodeBatchSchema)


class WithdrawnSchema(Schema):
    codes = fields.Integer(required=True, metadata={"description": "that weren't delivered"})


class RevealedCodeSchema(Schema):
    code = fields.String(required=True)


class ReplacementInput(Schema):
    reason = Text(at_least=1, at_most=MAX_REASON, required=True)


class ReplacementSchema(Schema):
    code_id = Id(required=True)


class OwnCodeSchema(Schema):
    """The shopper's code."""

    code = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True, allow_none=True)
    delivered_at = fields.AwareDateTime(required=True)
    is_replacement = fields.Boolean(
        required=True, metadata={"description": "the shop replaced the first one"}
    )
