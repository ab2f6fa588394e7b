"""Shapes of what WeChat says that contradicts our books."""

from __future__ import annotations

from marshmallow import fields

from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, Text
from mall.payments.schemas import MAX_REASON


class DiscrepancyQuery(PageQuery):
    resolved = fields.Boolean(metadata={"description": "only resolved ones, or only open ones"})
    order_no = Text(at_most=32)


class DiscrepancySchema(Schema):
    """What WeChat said that doesn't fit our books; it wasn't applied.

    While one of an order is open, nothing of the order is sent. `resolved_by` is null when
    WeChat's later word resolved it.
    """

    id = Id(required=True)
    kind = fields.String(required=True)
    next_step = fields.String(required=True)
    source = fields.String(required=True)
    number = fields.String(required=True)
    transaction_id = fields.String(required=True)
    order_no = fields.String(required=True, allow_none=True)
    expected = fields.Dict(required=True)
    actual = fields.Dict(required=True)
    resolution = fields.String(required=True, allow_none=True)
    resolved_at = fields.DateTime(required=True, allow_none=True)
    resolved_by = fields.String(required=True, allow_none=True, attribute="resolver")
    created_at = fields.DateTime(required=True)


DiscrepancyPageSchema = page_schema(DiscrepancySchema)


class DiscrepancyResolution(Schema):
    resolution = Text(at_least=1, at_most=MAX_REASON, required=True)
