"""Shapes of prizes for shoppers."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.catalog.rules import spec_text
from mall.kernel.http.addresses import PictureAddress
from mall.kernel.http.paging import page_schema
from mall.kernel.http.schemas import Id, Schema
from mall.orders.states import ALL
from mall.prizes.models import STATES


class OrderPrizeInput(Schema):
    address_id = Id(required=True)


class PrizeSchema(Schema):
    """A prize: `claim_by` while it waits, `order_no` once it is claimed."""

    id = Id(attribute="PrizeClaim.id", required=True)
    sku_id = Id(attribute="PrizeClaim.sku_id", required=True)
    product_id = Id(attribute="spu_id", required=True)
    name = fields.String(required=True)
    spec_text = fields.Function(
        lambda row: spec_text(row["spec_values"] if isinstance(row, dict) else row.spec_values),
        metadata={"type": "string"},
        required=True,
    )
    image = PictureAddress(required=True)
    units = fields.Integer(attribute="PrizeClaim.units", required=True)
    back_units = fields.Integer(
        attribute="PrizeClaim.back_units",
        required=True,
        metadata={"description": "of them, taken back or refunded"},
    )
    state = fields.String(
        attribute="PrizeClaim.state", required=True, validate=validate.OneOf(STATES)
    )
    claim_by = fields.AwareDateTime(attribute="PrizeClaim.claim_by", required=True)
    order_no = fields.String(required=True, allow_none=True)
    order_status = fields.String(required=True, allow_none=True, validate=validate.OneOf(ALL))
    ordered_at = fields.AwareDateTime(
        attribute="PrizeClaim.ordered_at", required=True, allow_none=True
    )
    shipped_at = fields.AwareDateTime(required=True, allow_none=True)
    end_reason = fields.String(
        attribute="PrizeClaim.end_reason",
        required=True,
        metadata={"description": "why it was canceled"},
    )
    created_at = fields.AwareDateTime(attribute="PrizeClaim.created_at", required=True)


class PrizeOrderedSchema(Schema):
    order_no = fields.String(required=True)
    status = fields.String(required=True)


PrizePageSchema = page_schema(PrizeSchema)
