"""Shapes of promotions. Amounts in fen."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.catalog.costs import CostBoolean, CostInteger, CostTexts
from mall.catalog.scopes import ScopeSchema, whole_scope
from mall.compliance.schemas import ReviewedInput
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text, whole
from mall.kernel.http.times import Moment
from mall.kernel.money import MAX_FEN
from mall.orders.admin_schemas import StaffAdjustmentSchema
from mall.orders.placing import MAX_LINES
from mall.orders.quote_schemas import (
    ChoicesSchema,
    HintSchema,
    OfferSchema,
    QuoteAdjustmentSchema,
    WantedLineSchema,
)
from mall.promotions.rule_schemas import RuleSchema, must_differ

STATES = ("scheduled", "running", "paused", "over")
MAX_GIFTS = 1_000_000_000


def _limit(at_most: int, text: str) -> fields.Integer:
    return whole(1, at_most, load_default=None, allow_none=True, metadata={"description": text})


class PromotionInput(ReviewedInput):
    """All of a promotion's terms."""

    name = Text(at_least=1, at_most=30, required=True)
    rule = fields.Nested(RuleSchema, required=True)
    scope = fields.Nested(ScopeSchema, load_default=whole_scope)
    starts_at = Moment(required=True)
    ends_at = Moment(ends=True, required=True)
    exclusive_group = Text(
        at_least=1,
        at_most=20,
        load_default=None,
        allow_none=True,
        metadata={"description": "on one line only one promotion of a group applies"},
    )
    stacks_with = fields.List(
        Text(at_least=1, at_most=20),
        load_default=list,
        allow_none=True,
        validate=validate.Length(max=20),
        metadata={"description": "groups it goes together with; null is everybody, [] nobody"},
    )
    new_customers_only = StrictBoolean(load_default=False)
    budget_fen = _limit(MAX_FEN, "all its discounts together")
    max_orders = _limit(1_000_000_000, "orders in all")
    gift_stock = _limit(MAX_GIFTS, "units of the gift in all; only for `gift`")
    shopper_budget_fen = _limit(MAX_FEN, "a shopper's discounts together")
    shopper_max_orders = _limit(10_000, "orders of one shopper")

    @ma.validates_schema
    def _gifts_have_a_stock(self, data: dict[str, Any], **_: Any) -> None:
        if ("gift" in data["rule"]) != (data["gift_stock"] is not None):
            raise ma.ValidationError("赠品活动须填写赠品数量，其他活动不填", "gift_stock")


class PromotionSchema(Schema):
    """A promotion for staff, with its descriptions and the rest of its budget."""

    id = Id(required=True)
    name = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    paused = fields.String(
        required=True, allow_none=True, metadata={"description": "by `staff` or by the `budget`"}
    )
    rule = fields.Nested(RuleSchema, required=True)
    rule_words = fields.String(required=True)
    stacking_words = fields.String(required=True)
    scope = fields.Nested(ScopeSchema, required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    exclusive_group = fields.String(required=True, allow_none=True)
    stacks_with = fields.List(fields.String(), required=True, allow_none=True)
    new_customers_only = fields.Boolean(required=True)
    budget_fen = fields.Integer(required=True, allow_none=True)
    max_orders = fields.Integer(required=True, allow_none=True)
    gift_stock = fields.Integer(required=True, allow_none=True)
    shopper_budget_fen = fields.Integer(required=True, allow_none=True)
    shopper_max_orders = fields.Integer(required=True, allow_none=True)
    used_fen = fields.Integer(required=True, metadata={"description": "by orders that stand"})
    used_orders = fields.Integer(required=True)
    used_gifts = fields.Integer(required=True)


class PromotionQuery(PageQuery):
    state = fields.String(validate=validate.OneOf(STATES))


PromotionPageSchema = page_schema(PromotionSchema)


class PauseInput(Schema):
    paused = StrictBoolean(required=True)


class GiftStockInput(Schema):
    gift_stock = whole(1, MAX_GIFTS, required=True)


class RunningPromotionSchema(Schema):
    """A promotion as shoppers read it."""

    id = Id(required=True)
    name = fields.String(required=True)
    rule_words = fields.String(required=True)
    gift_sku_id = Id(required=True, allow_none=True)
    stacking_words = fields.String(required=True)
    scope = fields.Nested(ScopeSchema, required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    new_customers_only = fields.Boolean(required=True)


RunningPromotionPageSchema = page_schema(RunningPromotionSchema)


class PricePreviewInput(ChoicesSchema):
    """Any cart at any moment, for any shopper; nobody is a new customer."""

    lines = fields.List(
        fields.Nested(WantedLineSchema),
        required=True,
        validate=validate.Length(min=1, max=MAX_LINES),
    )
    at = Moment(load_default=None, allow_none=True)
    user_id = Id(load_default=None, allow_none=True)
    floor_margin_bp = whole(
        0,
        10_000,
        load_default=0,
        metadata={"description": "warn below this part of the price, in 1/10,000"},
    )

    @ma.validates_schema
    def _each_once(self, data: dict[str, Any], **_: Any) -> None:
        must_differ([line["sku_id"] for line in data["lines"]], "lines")


class PreviewAdjustmentSchema(QuoteAdjustmentSchema, StaffAdjustmentSchema):
    """An adjustment of a quote as staff see it."""


class PreviewHintSchema(HintSchema):
    source = fields.String(required=True)


class PassedOverSchema(Schema):
    """Activity prices that a line doesn't have, since it has a better one."""

    sku_id = Id(required=True)
    sources = fields.List(fields.String(), required=True)
    text = fields.String(required=True, metadata={"description": "已享拼团价，会员价不叠加"})


class MarginLineSchema(Schema):
    """What the shop keeps of a line; unknown without a cost price, and only for who may see it."""

    sku_id = Id(required=True)
    quantity = fields.Integer(required=True)
    total_fen = fields.Integer(required=True)
    payable_fen = fields.Integer(required=True)
    cost_fen = CostInteger(allow_none=True)
    margin_fen = CostInteger(allow_none=True)
    margin_bp = CostInteger(allow_none=True)
    below_floor = CostBoolean()
    is_gift = fields.Boolean(required=True)


class PricePreviewSchema(Schema):
    """`margin_fen` is of the lines whose cost is known, without freight. Who may not see costs
    has neither margins nor warnings."""

    lines = fields.List(fields.Nested(MarginLineSchema), required=True)
    adjustments = fields.List(
        fields.Nested(PreviewAdjustmentSchema), attribute="quote.adjustments", required=True
    )
    passed_over = fields.List(
        fields.Nested(PassedOverSchema), attribute="quote.passed_over", required=True
    )
    hints = fields.List(fields.Nested(PreviewHintSchema), attribute="quote.hints", required=True)
    offers = fields.List(fields.Nested(OfferSchema), required=True)
    goods_fen = fields.Integer(attribute="quote.goods_fen", required=True)
    discount_fen = fields.Integer(attribute="quote.discount_fen", required=True)
    freight_fen = fields.Integer(attribute="quote.freight_fen", required=True)
    payable_fen = fields.Integer(attribute="quote.payable_fen", required=True)
    margin_fen = CostInteger()
    warnings = CostTexts()
    notices = fields.List(fields.String(), attribute="quote.notices", required=True)
