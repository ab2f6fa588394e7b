"""Shapes of channels' coupons and of what channels brought."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.coupons.schemas import CouponSchema, ShownCouponTermsSchema
from mall.kernel.http.exports import SheetQuery
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import DaysQuery, Id, Schema
from mall.sharing.channels.models import KINDS


class ChannelOfferSchema(Schema):
    """The coupon that a channel offers me."""

    template = fields.Nested(ShownCouponTermsSchema, required=True)
    coupon = fields.Nested(
        CouponSchema, required=True, allow_none=True, metadata={"description": "once I claimed it"}
    )
    can_claim = fields.Boolean(
        required=True,
        metadata={"description": "I am new here, it's time and I haven't claimed it"},
    )


class ChannelFiguresSchema(Schema):
    """What came of a channel on shop days."""

    visits = fields.Integer(required=True, metadata={"description": "a visitor once a day"})
    visitors = fields.Integer(required=True)
    new_shoppers = fields.Integer(required=True, metadata={"description": "by first login"})
    orders = fields.Integer(required=True, metadata={"description": "paid and attributed"})
    first_orders = fields.Integer(required=True)
    paid_fen = fields.Integer(required=True)
    refunded_fen = fields.Integer(required=True, metadata={"description": "of these orders"})
    net_fen = fields.Integer(required=True)
    coupons = fields.Integer(required=True, metadata={"description": "claimed by the channel"})
    coupons_on_line = fields.Integer(required=True, metadata={"description": "used in orders"})
    coupons_at_counter = fields.Integer(required=True)
    cost_fen = fields.Integer(required=True)
    roi_bp = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "(net - cost) / cost; 10,000 is twice the cost; null: no cost"},
    )


class ChannelReportSchema(Schema):
    channel_id = Id(required=True, attribute="channel.channel.id")
    name = fields.String(required=True, attribute="channel.channel.name")
    kind = fields.String(required=True, attribute="channel.channel.kind")
    figures = fields.Nested(ChannelFiguresSchema, required=True)


ChannelReportPageSchema = page_schema(ChannelReportSchema)


class ChannelReportQuery(DaysQuery, PageQuery):
    kind = fields.String(validate=validate.OneOf(KINDS))


class ChannelDaySchema(Schema):
    day = fields.Date(required=True)
    figures = fields.Nested(ChannelFiguresSchema, required=True)


class ChannelDaysSchema(Schema):
    items = fields.List(fields.Nested(ChannelDaySchema), required=True)


class ChannelSheetQuery(DaysQuery, SheetQuery):
    """The report of all channels as a sheet."""
