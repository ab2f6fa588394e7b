"""Shapes of the shopper's own resources."""

from __future__ import annotations

import re

from marshmallow import ValidationError, fields, validate, validates_schema

from mall.kernel.http.addresses import PictureAddress
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, QuerySchema, Schema, StrictBoolean, Text
from mall.kernel.http.times import Moment
from mall.kernel.uploaded import PATH as UPLOADS
from mall.users.first_touch import MAX_BYTES, MAX_DEPTH, Attribution
from mall.users.listing import STATUSES
from mall.users.phone_field import Phone

REGION_CODE = validate.Regexp(re.compile(r"[0-9]{6}\Z", re.ASCII), error="地区编码为 6 位数字")


class LoginSchema(Schema):
    code = Text(at_least=1, at_most=128, required=True, metadata={"description": "of wx.login"})
    attribution = Attribution(
        metadata={
            "oneOf": [{"type": "object"}, {"type": "string"}],
            "description": "How this shopper came (scene, channel, who shared): a text or an"
            f" object of at most {MAX_BYTES} bytes as JSON and {MAX_DEPTH} levels, without personal"
            " data. Kept by the login that makes the shopper, ignored by later ones.",
        }
    )


class LoginAnswerSchema(Schema):
    user_id = Id(required=True)
    token = fields.String(required=True, metadata={"description": "shown this once"})
    expires_at = fields.AwareDateTime(required=True, metadata={"description": "slides with use"})
    is_new = fields.Boolean(required=True)


class ProfileSchema(Schema):
    id = Id(required=True)
    nickname = fields.String(allow_none=True, required=True)
    avatar_url = PictureAddress(allow_none=True, required=True)
    phone = fields.String(
        allow_none=True, required=True, metadata={"description": "masked: 138****1234"}
    )
    created_at = fields.AwareDateTime(required=True)


_HTTPS = validate.URL(schemes={"https"}, require_tld=True, error="须为已上传的图片或 https 地址")


def _own_or_https(address: str) -> None:
    if not address.startswith(UPLOADS):
        _HTTPS(address)


class ProfileChangeSchema(Schema):
    """What is given is set; null erases."""

    nickname = Text(at_least=1, at_most=32, allow_none=True)
    avatar_url = PictureAddress(
        allow_none=True,
        validate=_own_or_https,
    )

    @validates_schema
    def _something(self, data: dict[str, object], **_: object) -> None:
        if not data:
            raise ValidationError("没有要修改的内容")


class HindranceSchema(Schema):
    name = fields.String(required=True)
    message = fields.String(required=True, metadata={"description": "Chinese, can be shown"})


class LossSchema(HindranceSchema):
    """Something that is lost with the account, and how much of it."""


class ClosureSchema(Schema):
    """Whether the account can be closed now, and what closing means, in Chinese."""

    possible = fields.Boolean(required=True)
    hindrances = fields.List(fields.Nested(HindranceSchema), required=True)
    consequences = fields.String(required=True)
    losses = fields.List(fields.Nested(LossSchema), required=True)


class ClosureRequestSchema(Schema):
    confirm = StrictBoolean(required=True, validate=validate.Equal(True, error="请确认注销"))


class PhoneCodeSchema(Schema):
    code = Text(
        at_least=1, at_most=128, required=True, metadata={"description": "of getPhoneNumber"}
    )


class AddressInSchema(Schema):
    receiver = Text(at_least=1, at_most=25, required=True)
    phone = Phone(required=True)
    region_code = fields.String(required=True, validate=REGION_CODE)
    detail = Text(at_least=1, at_most=120, required=True)
    is_default = StrictBoolean(load_default=False)


class AddressSchema(Schema):
    id = Id(required=True)
    receiver = fields.String(required=True)
    phone = fields.String(required=True)
    region_code = fields.String(required=True)
    region_names = fields.String(required=True, metadata={"example": "浙江省 杭州市 西湖区"})
    detail = fields.String(required=True)
    is_default = fields.Boolean(required=True)


class AddressListSchema(Schema):
    items = fields.List(fields.Nested(AddressSchema), required=True)


class RegionQuerySchema(QuerySchema):
    parent = fields.String(
        load_default=None,
        validate=REGION_CODE,
        metadata={"description": "code of the region above; without it, the provinces"},
    )


class RegionSchema(Schema):
    code = fields.String(required=True)
    name = fields.String(required=True)
    level = fields.Integer(required=True, metadata={"description": "1 to 3; 3 fits an address"})


class RegionListSchema(Schema):
    items = fields.List(fields.Nested(RegionSchema), required=True)


class ShopperLookupSchema(Schema):
    phone = Text(at_least=5, at_most=24, required=True)


class ShopperSchema(ProfileSchema):
    risk_rank = fields.Integer(
        allow_none=True, required=True, metadata={"description": "WeChat's, 0 to 4"}
    )
    blocked_at = fields.AwareDateTime(allow_none=True, required=True)
    closed_at = fields.AwareDateTime(allow_none=True, required=True)
    last_seen_at = fields.AwareDateTime(required=True, metadata={"description": "to the hour"})
    figures = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={
            "description": "what features count: orders, paid_orders, paid_fen, refunded_fen …"
        },
    )


class ShopperListSchema(Schema):
    items = fields.List(fields.Nested(ShopperSchema), required=True)


class ShopperQuery(PageQuery):
    """Filters of the list. A phone isn't one: addresses are kept in logs (see lookups)."""

    status = fields.String(validate=validate.OneOf(list(STATUSES)))
    nickname = Text(at_least=1, at_most=32, metadata={"description": "how it begins"})
    registered_from = Moment()
    registered_to = Moment(ends=True)
    seen_from = Moment()
    seen_to = Moment(ends=True)
    having = Text(at_most=40, metadata={"description": "e.g. paid_orders: those who have some"})
    lacking = Text(at_most=40, metadata={"description": "e.g. paid_orders: those who have none"})


ShopperPageSchema = page_schema(ShopperSchema)


class PhoneSchema(Schema):
    phone = fields.String(allow_none=True, required=True, metadata={"description": "in clear"})


class BlockSchema(Schema):
    reason = Text(at_least=1, at_most=200, required=True)
