"""Shapes of channels."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, Text, fen, whole
from mall.kernel.http.times import Moment, ShopDay
from mall.sharing.channels.models import KINDS
from mall.sharing.pages.schemas import PageSchema


class ChannelInput(Schema):
    """A channel as staff set it."""

    name = Text(at_least=1, at_most=50, required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    page = fields.Nested(PageSchema, required=True)
    starts_at = Moment(load_default=None, allow_none=True)
    ends_at = Moment(ends=True, load_default=None, allow_none=True)
    coupon_template_id = Id(
        load_default=None,
        allow_none=True,
        metadata={"description": "what new shoppers may claim; a template of way `channel`"},
    )
    point_id = Id(load_default=None, allow_none=True)
    note = Text(at_most=200, load_default="")

    @ma.validates_schema
    def _ends_later(self, data: dict[str, Any], **_: Any) -> None:
        if data["starts_at"] and data["ends_at"] and data["ends_at"] <= data["starts_at"]:
            raise ma.ValidationError("结束时间须晚于开始时间", "ends_at")


class ChannelSchema(Schema):
    id = Id(required=True, attribute="channel.id")
    name = fields.String(required=True, attribute="channel.name")
    kind = fields.String(required=True, attribute="channel.kind", validate=validate.OneOf(KINDS))
    page = fields.Nested(PageSchema, required=True)
    starts_at = fields.AwareDateTime(required=True, allow_none=True, attribute="channel.starts_at")
    ends_at = fields.AwareDateTime(required=True, allow_none=True, attribute="channel.ends_at")
    coupon_template_id = Id(required=True, allow_none=True, attribute="channel.coupon_template_id")
    point_id = Id(required=True, allow_none=True, attribute="channel.point_id")
    note = fields.String(required=True, attribute="channel.note")
    created_at = fields.AwareDateTime(required=True, attribute="channel.created_at")
    token = fields.String(
        required=True, metadata={"description": "of its share; fit for a scene or a query"}
    )


ChannelPageSchema = page_schema(ChannelSchema)


class ChannelQuery(PageQuery):
    kind = fields.String(validate=validate.OneOf(KINDS))


class ChannelCostInput(Schema):
    """What a channel cost on a day."""

    day = ShopDay(required=True)
    cost_fen = fen(required=True, metadata={"description": "zero takes the entry away"})
    note = Text(at_most=200, load_default="")


class ChannelCostSchema(Schema):
    day = fields.Date(required=True)
    cost_fen = fields.Integer(required=True)
    note = fields.String(required=True)


class ChannelCostsSchema(Schema):
    items = fields.List(fields.Nested(ChannelCostSchema), required=True)


class ChannelLinkInput(Schema):
    expire_days = whole(1, 30, required=True)


class ChannelLinkSchema(Schema):
    url_link = fields.String(required=True)
