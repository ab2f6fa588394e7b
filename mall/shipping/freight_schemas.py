"""Shapes of freight templates, pick-up points and picking up."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.kernel.http.addresses import PictureAddress
from mall.kernel.http.paging import PageQuery
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text, whole
from mall.kernel.money import MAX_FEN
from mall.users.phone_field import Phone

MAX_FEE_FEN = 1_000_000
MAX_UNITS = 100_000_000
PICKUP_STATES = ("waiting", "redeemed", "void")
_CODE = validate.Regexp(r"[0-9]{6}\Z", error="地区编码为 6 位数字")


class FreightZoneInput(Schema):
    """A zone. Units are pieces, grams or cm³, as the template counts."""

    regions = fields.List(
        fields.String(validate=_CODE),
        required=True,
        validate=validate.Length(max=4000),
        metadata={"description": "provinces, cities, districts; none: everywhere else"},
    )
    deliverable = StrictBoolean(load_default=True)
    first_units = whole(1, MAX_UNITS, load_default=1)
    first_fen = whole(0, MAX_FEE_FEN, load_default=0)
    further_units = whole(1, MAX_UNITS, load_default=1)
    further_fen = whole(0, MAX_FEE_FEN, load_default=0)
    free_from_fen = whole(0, MAX_FEN, load_default=None, allow_none=True)
    free_from_pieces = whole(1, 1_000_000, load_default=None, allow_none=True)


class FreightTemplateInput(Schema):
    name = Text(at_least=1, at_most=50, required=True)
    basis = fields.String(required=True, validate=validate.OneOf(("piece", "weight", "volume")))
    is_default = StrictBoolean(load_default=False)
    zones = fields.List(
        fields.Nested(FreightZoneInput), required=True, validate=validate.Length(min=1, max=100)
    )

    @ma.validates_schema
    def _zones_apart(self, data: dict[str, Any], **_: Any) -> None:
        zones = data["zones"]
        named = [code for zone in zones for code in zone["regions"]]
        if len(named) != len(set(named)):
            raise ma.ValidationError("同一地区只能出现一次", "zones")
        if sum(not zone["regions"] for zone in zones) > 1:
            raise ma.ValidationError("“其他地区”只能有一项", "zones")
        if not any(zone["deliverable"] for zone in zones):
            raise ma.ValidationError("至少要有一个可配送的地区", "zones")


class FreightTemplateCardSchema(Schema):
    """A template in a list."""

    id = Id(required=True)
    name = fields.String(required=True)
    basis = fields.String(required=True)
    is_default = fields.Boolean(required=True)
    updated_at = fields.AwareDateTime(required=True)


class FreightZoneSchema(Schema):
    regions = fields.List(fields.String(), required=True)
    deliverable = fields.Boolean(required=True)
    first_units = fields.Integer(required=True)
    first_fen = fields.Integer(required=True)
    further_units = fields.Integer(required=True)
    further_fen = fields.Integer(required=True)
    free_from_fen = fields.Integer(required=True, allow_none=True)
    free_from_pieces = fields.Integer(required=True, allow_none=True)


class FreightTemplateSchema(FreightTemplateCardSchema):
    zones = fields.List(fields.Nested(FreightZoneSchema), required=True)


class FreightTemplateProductsInput(Schema):
    product_ids = fields.List(Id(), required=True, validate=validate.Length(min=1, max=500))


class FreightTemplateProductSchema(Schema):
    id = Id(required=True)
    spu_code = fields.String(required=True)
    name = fields.String(required=True)


class FreightCreatedSchema(Schema):
    id = Id(required=True)


class PickupPointInput(Schema):
    name = Text(at_least=1, at_most=50, required=True)
    region_code = fields.String(required=True, validate=_CODE)
    location = Text(at_least=1, at_most=200, required=True)
    service_phone = Phone(may_be_empty=True, load_default="")
    opening_hours = Text(at_most=100, load_default="")
    is_open = StrictBoolean(load_default=True)


class PickupPointSchema(Schema):
    """A place where orders are collected; `choices: {"freight": "pickup:<id>"}` chooses it."""

    id = Id(required=True)
    name = fields.String(required=True)
    region_code = fields.String(required=True)
    location = fields.String(required=True)
    service_phone = fields.String(required=True)
    opening_hours = fields.String(required=True)


class StaffPickupPointSchema(PickupPointSchema):
    is_open = fields.Boolean(required=True)


class OnePickupPointSchema(StaffPickupPointSchema):
    staff_ids = fields.List(Id(), required=True, metadata={"description": "bound to the point"})


class ClerksInput(Schema):
    staff_ids = fields.List(Id(), required=True, validate=validate.Length(max=200))


class PickupSchema(Schema):
    status = fields.String(required=True, validate=validate.OneOf(PICKUP_STATES))
    code = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "12 digits, also the text of the QR code; once paid, until used"},
    )
    redeemed_at = fields.AwareDateTime(required=True, allow_none=True)
    point = fields.Nested(PickupPointSchema, required=True)


class RedemptionInput(Schema):
    code = fields.String(
        required=True, validate=validate.Regexp(r"[0-9]{12}\Z", error="提货码为 12 位数字")
    )
    point_id = Id(required=True, metadata={"description": "where the goods are handed out"})


class HandedOutSchema(Schema):
    name = fields.String(required=True)
    spec_text = fields.String(required=True)
    image = PictureAddress(required=True)
    quantity = fields.Integer(required=True)


class RedemptionSchema(Schema):
    order_no = fields.String(required=True)
    items = fields.List(
        fields.Nested(HandedOutSchema),
        required=True,
        metadata={"description": "what to hand over"},
    )


class PickupQuery(PageQuery):
    status = fields.String(validate=validate.OneOf(PICKUP_STATES))
    point_id = Id()


class StaffPickupSchema(Schema):
    """An order that is collected. The code is the shopper's to show, so it isn't here."""

    order_no = fields.String(required=True)
    order_status = fields.String(required=True)
    point_id = Id(required=True)
    status = fields.String(required=True, validate=validate.OneOf(PICKUP_STATES))
    redeemed_at = fields.AwareDateTime(required=True, allow_none=True)
    redeemed_by = Id(required=True, allow_none=True)
