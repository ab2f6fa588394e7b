"""Shapes of flash sales as shoppers see them."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.flashsale.models import AUDIENCES, KINDS
from mall.flashsale.public.view import LEFT, PHASES
from mall.kernel.http.addresses import PictureAddress
from mall.kernel.http.schemas import Id, Schema


class ShownFlashItemSchema(Schema):
    id = Id(required=True, metadata={"description": "what a purchase names"})
    sku_id = Id(required=True)
    product_id = Id(required=True)
    name = fields.String(required=True)
    spec_text = fields.String(required=True)
    image = PictureAddress(required=True)
    price_fen = fields.Integer(required=True, metadata={"description": "flash price"})
    usual_price_fen = fields.Integer(
        required=True, metadata={"description": "price at other times"}
    )
    list_price_fen = fields.Integer(required=True, allow_none=True)
    limit_per_user = fields.Integer(required=True)
    audience = fields.String(required=True, validate=validate.OneOf(AUDIENCES))
    contents = fields.String(
        required=True, metadata={"description": "what a lucky bag may hold; else empty"}
    )
    left = fields.String(
        required=True,
        validate=validate.OneOf(LEFT),
        metadata={"description": "few: less than a fifth of the stock"},
    )


class ShownFlashSessionSchema(Schema):
    phase = fields.String(required=True, validate=validate.OneOf(PHASES))
    starts_in_s = fields.Integer(required=True, metadata={"description": "0 once it has begun"})
    ends_in_s = fields.Integer(required=True, metadata={"description": "0 once it is over"})
    id = Id(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    limit_per_user = fields.Integer(
        required=True, allow_none=True, metadata={"description": "units of all its items"}
    )
    items = fields.List(fields.Nested(ShownFlashItemSchema), required=True)


class OneFlashSessionSchema(ShownFlashSessionSchema):
    server_time = fields.AwareDateTime(required=True)


class FlashSessionListSchema(Schema):
    """The sessions of today and tomorrow. Count down by `server_time`, not by the phone."""

    server_time = fields.AwareDateTime(required=True)
    items = fields.List(fields.Nested(ShownFlashSessionSchema), required=True)


class FlashReminderSchema(Schema):
    session_id = Id(required=True)
    template_id = fields.String(
        required=True, allow_none=True, metadata={"description": "for wx.requestSubscribeMessage"}
    )
    remaining = fields.Integer(
        required=True, metadata={"description": "messages that I still allow; 0: ask me"}
    )


class FlashReminderListSchema(Schema):
    session_ids = fields.List(Id(), required=True)
