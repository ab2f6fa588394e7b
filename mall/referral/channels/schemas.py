"""Shapes of channels' coupons."""

from __future__ import annotations

from marshmallow import fields

from mall.coupons.schemas import CouponSchema, ShownCouponTermsSchema
from mall.kernel.http.schemas import Schema


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
