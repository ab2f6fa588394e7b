"""Shapes of shipping."""

from __future__ import annotations

from marshmallow import ValidationError, fields, validate

from mall.kernel.http.addresses import PictureAddress
from mall.kernel.http.paging import PageQuery
from mall.kernel.http.schemas import Id, Schema, Text, quantity
from mall.shipping.models import REPORT_STATES
from mall.shipping.rules import TRACKING_NO

_TRACKING = validate.Regexp(rf"{TRACKING_NO}\Z", error="运单号为 4 至 64 位字母、数字或 -")


class CarrierSchema(Schema):
    code = fields.String(required=True, metadata={"description": "WeChat's delivery id"})
    name = fields.String(required=True)


class CarrierListSchema(Schema):
    items = fields.List(fields.Nested(CarrierSchema), required=True)


class CarriersRefreshedSchema(Schema):
    count = fields.Integer(required=True, metadata={"description": "carriers that WeChat named"})


class ParcelLineInput(Schema):
    line_id = Id(required=True)
    quantity = quantity(required=True)


class TrackingInput(Schema):
    """Who carries a parcel, and under which number."""

    carrier_code = Text(required=True, at_least=1, at_most=32)
    tracking_no = Text(required=True, at_most=64, validate=_TRACKING)


def _one_line_each(lines: list[dict[str, int]]) -> None:
    if len({line["line_id"] for line in lines}) != len(lines):
        raise ValidationError("同一商品行只能出现一次")


class ShipmentInput(TrackingInput):
    lines = fields.List(
        fields.Nested(ParcelLineInput),
        validate=[validate.Length(min=1, max=100), _one_line_each],
        load_default=None,
        metadata={"description": "what is in the parcel; everything that is left, if absent"},
    )


class ShipmentLineSchema(Schema):
    line_id = Id(required=True)
    sku_id = Id(required=True)
    name = fields.String(required=True)
    spec_text = fields.String(required=True)
    image = PictureAddress(required=True)
    quantity = fields.Integer(required=True)


class ShipmentSchema(Schema):
    number = fields.Integer(required=True, metadata={"description": "1, 2 … within the order"})
    carrier_code = fields.String(required=True)
    carrier_name = fields.String(required=True)
    tracking_no = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    lines = fields.List(fields.Nested(ShipmentLineSchema), required=True)


class ShipmentListSchema(Schema):
    items = fields.List(fields.Nested(ShipmentSchema), required=True)


class StaffShipmentSchema(ShipmentSchema):
    upload_status = fields.String(
        required=True,
        validate=validate.OneOf(REPORT_STATES),
        metadata={"description": "whether WeChat knows of the parcel"},
    )


class StaffShipmentListSchema(Schema):
    items = fields.List(fields.Nested(StaffShipmentSchema), required=True)


class ReportQuery(PageQuery):
    status = fields.String(validate=validate.OneOf(REPORT_STATES))


class ReportSchema(Schema):
    """The report of one order's parcels to WeChat."""

    order_no = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(REPORT_STATES))
    attempts = fields.Integer(required=True)
    error_code = fields.String(required=True, allow_none=True)
    error = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    last_upload_at = fields.AwareDateTime(
        attribute="last_reported_at", required=True, allow_none=True
    )
