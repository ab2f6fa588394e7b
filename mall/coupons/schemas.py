"""Shapes of coupons."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.catalog.scopes import ScopeSchema, whole_scope
from mall.compliance.schemas import ReviewedInput
from mall.coupons.models import AMOUNT, FREIGHT, KINDS, PERCENT, STAFF_WAYS, STATUSES, WAYS
from mall.coupons.queries import TABS
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text, fen, whole
from mall.kernel.http.times import Moment
from mall.kernel.money import MAX_FEN

MAX_BATCH = 10_000
MAX_LIMIT = 1_000_000_000
MAX_DAYS = 3_650


class CouponTermsSchema(Schema):
    """What a coupon is worth, and for what."""

    name = Text(at_least=1, at_most=30, required=True)
    description = Text(at_most=500, load_default="")
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    amount_fen = whole(1, MAX_FEN, allow_none=True, load_default=None)
    off_bp = whole(
        1,
        9_999,
        allow_none=True,
        load_default=None,
        metadata={"description": "basis points off: 1500 is 15% off (8.5 折)"},
    )
    cap_fen = whole(
        1,
        MAX_FEN,
        allow_none=True,
        load_default=None,
        metadata={"description": "at most so much off, for percent and freight"},
    )
    threshold_fen = fen(
        load_default=0, metadata={"description": "what the goods of the scope must cost"}
    )
    scope = fields.Nested(ScopeSchema, load_default=whole_scope)
    at_counter = StrictBoolean(
        load_default=False,
        metadata={"description": "staff at a pick-up point may redeem it (not for freight)"},
    )


class CouponTemplateTerms(CouponTermsSchema):
    way = fields.String(required=True, validate=validate.OneOf(STAFF_WAYS))
    claim_from = Moment(allow_none=True, load_default=None)
    claim_to = Moment(ends=True, allow_none=True, load_default=None)
    valid_from = Moment(allow_none=True, load_default=None)
    valid_to = Moment(ends=True, allow_none=True, load_default=None)
    valid_days = whole(
        1,
        MAX_DAYS,
        allow_none=True,
        load_default=None,
        metadata={"description": "days from the claim, instead of valid_from and valid_to"},
    )
    total_limit = whole(
        0,
        MAX_LIMIT,
        allow_none=True,
        load_default=None,
        metadata={"description": "coupons in all; none is without limit"},
    )
    per_user_limit = whole(1, MAX_LIMIT, load_default=1)
    back_on_refund = StrictBoolean(
        load_default=True, metadata={"description": "given back when the order is refunded in full"}
    )
    enabled = StrictBoolean(load_default=True)

    @ma.validates_schema
    def _fits(self, data: dict[str, Any], **_: Any) -> None:
        kind = data["kind"]
        if (kind == AMOUNT) != (data["amount_fen"] is not None):
            raise ma.ValidationError("满减券须填面额，其他券不填", "amount_fen")
        if (kind == PERCENT) != (data["off_bp"] is not None):
            raise ma.ValidationError("折扣券须填折扣，其他券不填", "off_bp")
        if data["cap_fen"] is not None and kind not in (PERCENT, FREIGHT):
            raise ma.ValidationError("仅折扣券和运费券可设上限", "cap_fen")
        if kind == "exchange" and not data["scope"]["only"]["sku_ids"]:
            raise ma.ValidationError("兑换券须指定商品", "scope")
        if data["at_counter"] and kind == FREIGHT:
            raise ma.ValidationError("运费券不能到店核销", "at_counter")

    @ma.validates_schema
    def _has_time(self, data: dict[str, Any], **_: Any) -> None:
        dated = [data["valid_from"], data["valid_to"]]
        if [moment is None for moment in dated] != [data["valid_days"] is not None] * 2:
            raise ma.ValidationError("有效期请填起止时间，或领取后天数", "valid_days")
        for start, end in (("valid_from", "valid_to"), ("claim_from", "claim_to")):
            if data[start] and data[end] and data[start] >= data[end]:
                raise ma.ValidationError("结束时间须晚于开始时间", end)


class CouponTemplateInSchema(CouponTemplateTerms, ReviewedInput):
    """All that staff set of a template."""


class CouponTemplateSchema(CouponTemplateTerms):
    id = Id(required=True)
    way = fields.String(
        required=True,
        validate=validate.OneOf(WAYS),
        metadata={"description": "feature: a game made it, and says how much each is worth"},
    )
    version = fields.Integer(required=True, metadata={"description": "counts what was saved"})
    claimed = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)


CouponTemplatePageSchema = page_schema(CouponTemplateSchema)


class TemplateQuery(PageQuery):
    way = fields.String(validate=validate.OneOf(WAYS))


class ShownCouponTermsSchema(CouponTermsSchema):
    id = Id(required=True)


class ClaimableCouponSchema(Schema):
    template = fields.Nested(ShownCouponTermsSchema, required=True)
    mine = fields.Integer(required=True, metadata={"description": "how many I have claimed"})
    sold_out = fields.Boolean(required=True)
    can_claim = fields.Boolean(required=True)


ClaimableCouponPageSchema = page_schema(ClaimableCouponSchema)


class CouponSchema(Schema):
    id = Id(attribute="coupon.id", required=True)
    status = fields.String(
        attribute="coupon.status",
        required=True,
        validate=validate.OneOf(STATUSES),
        metadata={
            "description": "locked: it waits for the payment of an order; redeemed: at a counter"
        },
    )
    valid_from = fields.AwareDateTime(attribute="coupon.valid_from", required=True)
    expires_at = fields.AwareDateTime(attribute="coupon.expires_at", required=True)
    used_at = fields.AwareDateTime(attribute="coupon.used_at", required=True, allow_none=True)
    amount_fen = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "what it takes off, for amount; the template may name more"},
    )
    template = fields.Nested(ShownCouponTermsSchema, required=True)


CouponPageSchema = page_schema(CouponSchema)


class CouponQuery(PageQuery):
    tab = fields.String(validate=validate.OneOf(TABS), load_default=TABS[0])


class RedeemSchema(Schema):
    code = Text(at_least=1, at_most=40, required=True)


class StaffCouponQuery(PageQuery):
    user_id = Id()
    template_id = Id()


class StaffCouponSchema(CouponSchema):
    user_id = Id(attribute="coupon.user_id", required=True)
    way = fields.String(attribute="coupon.way", required=True)
    order_id = Id(attribute="coupon.order_id", required=True, allow_none=True)


StaffCouponPageSchema = page_schema(StaffCouponSchema)


class CouponBatchInSchema(Schema):
    size = whole(1, MAX_BATCH, required=True)
    note = Text(at_most=100, load_default="")


class CouponBatchSchema(Schema):
    id = Id(required=True)
    template_id = Id(required=True)
    size = fields.Integer(required=True)
    note = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)


CouponBatchPageSchema = page_schema(CouponBatchSchema)
