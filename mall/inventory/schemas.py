"""Shapes of stock."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, QueryInteger, QuerySchema, Schema, Text, whole

MAX_SKUS = 100
MAX_MOVEMENT = 10_000_000


class SkuIds(fields.Field[list[int]]):
    """Ids in a query string: "1,2,3", at most 100."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[int]:
        parts = str(value).split(",")
        if len(parts) > MAX_SKUS:
            raise self.make_error("validator_failed")
        return sorted({Id().deserialize(part) for part in parts})


class AvailabilityQuery(QuerySchema):
    sku_ids = SkuIds(required=True, metadata={"type": "string", "example": "1,2"})


class AvailabilitySchema(Schema):
    sku_id = Id(required=True)
    in_stock = fields.Boolean(required=True)
    left = fields.Integer(required=True, metadata={"description": "units left, 99 at most"})


class AvailabilitiesSchema(Schema):
    items = fields.List(fields.Nested(AvailabilitySchema), required=True)


class StockQuery(PageQuery):
    sku_ids = SkuIds(metadata={"type": "string", "example": "1,2"})
    sellable_at_most = QueryInteger(at_least=0, at_most=MAX_MOVEMENT)
    q = Text(
        at_least=1,
        at_most=64,
        metadata={"description": "part of a product's name, or how its code or a SKU's begins"},
    )


class StockSchema(Schema):
    sku_id = Id(required=True)
    put_in = fields.Integer(attribute="received", required=True)
    sellable = fields.Integer(required=True)
    reserved = fields.Integer(required=True)
    sold = fields.Integer(required=True)


class NamedStockSchema(StockSchema):
    """Stock with the names of what it is of."""

    sku_code = fields.String(required=True)
    spec_values = fields.List(fields.String(), required=True)
    spu_code = fields.String(required=True)
    name = fields.String(required=True, metadata={"description": "of the product"})


StockPageSchema = page_schema(NamedStockSchema)


class MovementInSchema(Schema):
    kind = fields.String(required=True, validate=validate.OneOf(["put_in", "take_out"]))
    quantity = whole(1, MAX_MOVEMENT, required=True)
    reason = Text(at_least=1, at_most=200, required=True)


class MovementSchema(Schema):
    id = Id(required=True)
    kind = fields.String(required=True)
    ref = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    sellable_delta = fields.Integer(required=True)
    reserved_delta = fields.Integer(required=True)
    sold_delta = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)


MovementPageSchema = page_schema(MovementSchema)
