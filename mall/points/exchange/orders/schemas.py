"""Shapes of the points mall for shoppers. Points and fen, in all where units are asked for."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.addresses import PictureAddress
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, Text, fen, quantity, whole
from mall.orders.quote_schemas import ChoicesSchema
from mall.orders.schemas import MAX_REMARK
from mall.points.exchange.models import KINDS, PERIODS
from mall.points.settings import MAX_POINTS


class RefusalSchema(Schema):
    """What an exchange would be refused with."""

    code = fields.String(required=True)
    message = fields.String(required=True)


class OfferedItemSchema(Schema):
    """An item as the shopper meets it. `can_exchange`: one unit, now."""

    id = Id(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    name = fields.String(required=True)
    description = fields.String(required=True)
    sku_id = Id(required=True)
    image = PictureAddress(required=True, allow_none=True)
    spec_text = fields.String(required=True)
    worth_fen = fen(required=True, metadata={"description": "the price of the SKU in the shop"})
    points = fields.Integer(required=True, metadata={"description": "a unit, now"})
    cash_fen = fen(required=True, metadata={"description": "a unit, beside the points"})
    left = fields.Integer(required=True, metadata={"description": "units, 99 at most"})
    limit_units = fields.Integer(required=True, allow_none=True)
    limit_period = fields.String(required=True, allow_none=True, validate=validate.OneOf(PERIODS))
    requires_text = fields.String(required=True)
    starts_at = fields.AwareDateTime(required=True, allow_none=True)
    ends_at = fields.AwareDateTime(required=True, allow_none=True)
    daily_from_min = fields.Integer(required=True, allow_none=True)
    daily_to_min = fields.Integer(required=True, allow_none=True)
    free_freight = fields.Boolean(required=True)
    needs_address = fields.Boolean(required=True)
    can_exchange = fields.Boolean(required=True)
    refusals = fields.List(
        fields.Nested(RefusalSchema),
        required=True,
        metadata={"description": "why not, the first reason first"},
    )


OfferedItemPageSchema = page_schema(OfferedItemSchema)


class OfferedItemQuery(PageQuery):
    kind = fields.String(validate=validate.OneOf(KINDS))


class ExchangeQuoteInput(ChoicesSchema):
    """`choices` as of a quote; of the points mall only `freight` joins."""

    item_id = Id(required=True)
    units = quantity(load_default=1)
    address_id = Id(load_default=None, allow_none=True)


class ExchangeQuoteSchema(Schema):
    item_id = Id(attribute="one.item.id", required=True)
    units = fields.Integer(required=True)
    points = fields.Integer(required=True)
    goods_fen = fen(
        attribute="goods_payable_fen", required=True, metadata={"description": "the cash part"}
    )
    freight_fen = fen(attribute="quote.freight_fen", required=True)
    payable_fen = fen(attribute="quote.payable_fen", required=True)
    refusals = fields.List(fields.Nested(RefusalSchema), required=True)


class ExchangeInput(ExchangeQuoteInput):
    expected_points = whole(
        1, MAX_POINTS, required=True, metadata={"description": "`points` of the quote"}
    )
    expected_payable_fen = fen(
        required=True, metadata={"description": "`payable_fen` of the quote"}
    )
    remark = Text(at_most=MAX_REMARK, load_default="")


class ExchangedSchema(Schema):
    order_no = fields.String(required=True)
    status = fields.String(required=True)
    points = fields.Integer(required=True)
    payable_fen = fen(required=True)
    expires_at = fields.AwareDateTime(required=True, metadata={"description": "pay before"})
