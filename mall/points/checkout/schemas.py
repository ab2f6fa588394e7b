"""Shapes of points at checkout."""

from __future__ import annotations

from marshmallow import fields

from mall.kernel.http.paging import page_schema
from mall.kernel.http.schemas import Id, Schema, whole

WHOLE_BP = 10_000


class CheckoutCapInSchema(Schema):
    cap_bp = whole(
        0,
        WHOLE_BP,
        required=True,
        metadata={"description": "of its price after discounts, in 1/10,000; 0: never"},
    )


class CheckoutCapSchema(Schema):
    sku_id = Id(required=True)
    sku_code = fields.String(required=True)
    name = fields.String(required=True)
    cap_bp = fields.Integer(required=True)


CheckoutCapPageSchema = page_schema(CheckoutCapSchema)
