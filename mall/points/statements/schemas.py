"""Shapes of points."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.exports import SheetQuery
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, QuerySchema, Schema, month
from mall.points.ledger.kinds import KINDS


class NextExpirySchema(Schema):
    points = fields.Integer(required=True)
    expires_at = fields.AwareDateTime(required=True)


class PointsBalanceSchema(Schema):
    """In points: what can be spent, waits for its order, is reserved, is owed."""

    available = fields.Integer(required=True)
    frozen = fields.Integer(
        required=True, metadata={"description": "earned, available when its ground is settled"}
    )
    held = fields.Integer(
        required=True, metadata={"description": "reserved by unpaid orders, or locked"}
    )
    debt = fields.Integer(
        required=True, metadata={"description": "taken back after it was spent; paid first"}
    )
    next_expiry = fields.Nested(NextExpirySchema, required=True, allow_none=True)


class PointsEntrySchema(Schema):
    """One change; each figure is what it changed."""

    id = Id(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    label = fields.String(required=True, metadata={"description": "the kind, in Chinese"})
    detail = fields.String(
        required=True,
        metadata={
            "description": "what more is known of it: the point of a till, the offer of a lock"
        },
    )
    available = fields.Integer(required=True)
    frozen = fields.Integer(required=True)
    held = fields.Integer(required=True)
    debt = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)


PointsEntryPageSchema = page_schema(PointsEntrySchema)


class StaffPointsEntrySchema(PointsEntrySchema):
    source = fields.String(required=True)
    note = fields.String(required=True, metadata={"description": "the reason of an adjustment"})
    staff_id = Id(required=True, allow_none=True)


class StatementLineSchema(StaffPointsEntrySchema):
    balance = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "available after the entry; null in a choice by kind or month"},
    )


class StatementFilter(QuerySchema):
    """Entries of one kind, or of one month of the shop."""

    kind = fields.String(load_default=None, validate=validate.OneOf(KINDS))
    month = month(load_default=None)


class StatementQuery(StatementFilter, PageQuery):
    """A page of them."""


class StatementSheetQuery(StatementFilter, SheetQuery):
    """All of them, as a sheet."""


StatementPageSchema = page_schema(StatementLineSchema)
