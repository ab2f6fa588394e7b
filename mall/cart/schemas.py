"""Shapes of the cart."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.cart.queries import STATES
from mall.kernel.http.addresses import PictureAddress
from mall.kernel.http.schemas import Id, Schema, fen, quantity


class CartLineInSchema(Schema):
    sku_id = Id(required=True)
    quantity = quantity(required=True)


class QuantitySchema(Schema):
    quantity = quantity(required=True)


class CartLineQuantitySchema(Schema):
    sku_id = Id(required=True)
    quantity = quantity(required=True, metadata={"description": "in the cart now"})


class CartLineSchema(Schema):
    sku_id = Id(attribute="goods.sku_id", required=True)
    spu_id = Id(attribute="goods.spu_id", required=True)
    name = fields.String(attribute="goods.name", required=True)
    spec_text = fields.String(attribute="goods.spec_text", required=True)
    image = PictureAddress(attribute="goods.image", required=True, allow_none=True)
    price_fen = fen(attribute="goods.price_fen", required=True)
    list_price_fen = fen(attribute="goods.list_price_fen", required=True, allow_none=True)
    quantity = quantity(required=True)
    total_fen = fen(required=True)
    left = fields.Integer(required=True, metadata={"description": "units left, 99 at most"})
    state = fields.String(required=True, validate=validate.OneOf(STATES))


class CartSchema(Schema):
    lines = fields.List(fields.Nested(CartLineSchema), required=True)
    goods_fen = fen(required=True, metadata={"description": "sum of the lines that are ok"})
