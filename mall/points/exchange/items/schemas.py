"""Shapes of items, for staff. Prices in points and fen a unit, minutes of the shop day."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.compliance.schemas import ReviewedInput
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import MAX_QUANTITY, Id, Schema, StrictBoolean, Text, fen, whole
from mall.kernel.http.times import Moment
from mall.points.exchange.models import KINDS, PERIODS, REWARD
from mall.points.settings import MAX_POINTS

MAX_STOCK = 10_000_000
MAX_PRICES = 50
MAX_REQUIRES = 5
MINUTES = 24 * 60


class ExchangePriceInSchema(Schema):
    from_at = Moment(
        load_default=None,
        allow_none=True,
        metadata={"description": "null: the first price, until a dated one begins"},
    )
    points = whole(1, MAX_POINTS, required=True)
    cash_fen = fen(load_default=0)


class RequirementSchema(Schema):
    """A figure of the staff's list of shoppers (`paid_orders`, …), and its least value."""

    figure = Text(at_least=1, at_most=60, required=True)
    at_least = whole(1, 10**11, required=True)


class ExchangeItemInput(ReviewedInput):
    """All of an item's terms. `reward_rule_id` only, and always, of a reward."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    name = Text(at_least=1, at_most=60, required=True)
    description = Text(at_most=2000, load_default="")
    sku_id = Id(
        required=True,
        metadata={"description": "the goods; of a reward or a code the SKU that stands for it"},
    )
    reward_rule_id = Id(load_default=None, allow_none=True)
    prices = fields.List(
        fields.Nested(ExchangePriceInSchema),
        required=True,
        validate=validate.Length(min=1, max=MAX_PRICES),
    )
    low_stock = whole(
        0, MAX_STOCK, load_default=0, metadata={"description": "staff are told from there on"}
    )
    limit_units = whole(1, MAX_QUANTITY, load_default=None, allow_none=True)
    limit_period = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf(PERIODS)
    )
    requires = fields.List(
        fields.Nested(RequirementSchema),
        load_default=list,
        validate=validate.Length(max=MAX_REQUIRES),
    )
    requires_text = Text(
        at_most=60, load_default="", metadata={"description": "what is required, for shoppers"}
    )
    starts_at = Moment(load_default=None, allow_none=True)
    ends_at = Moment(ends=True, load_default=None, allow_none=True)
    daily_from_min = whole(0, MINUTES - 1, load_default=None, allow_none=True)
    daily_to_min = whole(
        0, MINUTES, load_default=None, allow_none=True, metadata={"description": "not included"}
    )
    free_freight = StrictBoolean(load_default=False)
    enabled = StrictBoolean(load_default=False)
    position = whole(0, 1_000_000, load_default=0, metadata={"description": "the least first"})

    @ma.validates_schema(skip_on_field_errors=True)
    def _fits(self, data: dict[str, Any], **_: Any) -> None:
        if (data["kind"] == REWARD) != (data["reward_rule_id"] is not None):
            raise ma.ValidationError("奖励类商品须选择奖励规则，其他类型不填", "reward_rule_id")
        starts = [price["from_at"] for price in data["prices"]]
        if starts.count(None) != 1 or len(set(starts)) != len(starts):
            raise ma.ValidationError("须有且只有一个不带开始时间的价格，开始时间不能重复", "prices")
        if (data["limit_units"] is None) != (data["limit_period"] is None):
            raise ma.ValidationError("限兑数量与周期须同时填写", "limit_units")
        if (data["daily_from_min"] is None) != (data["daily_to_min"] is None):
            raise ma.ValidationError("每日开始与结束时间须同时填写", "daily_from_min")
        if data["daily_from_min"] is not None and data["daily_from_min"] == data["daily_to_min"]:
            raise ma.ValidationError("每日开始与结束时间不能相同", "daily_to_min")
        if data["starts_at"] and data["ends_at"] and data["ends_at"] <= data["starts_at"]:
            raise ma.ValidationError("结束时间须晚于开始时间", "ends_at")
        if bool(data["requires"]) != bool(data["requires_text"]):
            raise ma.ValidationError("有兑换条件时须写明条件说明", "requires_text")


class ExchangePriceSchema(Schema):
    from_at = fields.AwareDateTime(required=True, allow_none=True)
    points = fields.Integer(required=True)
    cash_fen = fen(required=True)


def of_item(field: type[fields.Field[Any]], name: str, **options: Any) -> fields.Field[Any]:
    """A field of the view's item."""
    return field(attribute=f"item.{name}", required=True, **options)


class ExchangeItemSchema(Schema):
    """An item for staff."""

    id = of_item(Id, "id")
    kind = of_item(fields.String, "kind")
    name = of_item(fields.String, "name")
    description = of_item(fields.String, "description")
    sku_id = of_item(Id, "sku_id")
    reward_rule_id = of_item(Id, "reward_rule_id", allow_none=True)
    reward = of_item(
        fields.Raw,
        "reward",
        allow_none=True,
        metadata={"type": "array", "nullable": True, "description": "as it was saved"},
    )
    prices = fields.List(fields.Nested(ExchangePriceSchema), required=True)
    stock = of_item(fields.Integer, "stock", metadata={"description": "set aside in all"})
    sold = of_item(fields.Integer, "sold", metadata={"description": "orders hold or bought"})
    left = fields.Integer(required=True)
    low_stock = of_item(fields.Integer, "low_stock")
    limit_units = of_item(fields.Integer, "limit_units", allow_none=True)
    limit_period = of_item(fields.String, "limit_period", allow_none=True)
    requires = fields.List(
        fields.Nested(RequirementSchema), attribute="item.requires", required=True
    )
    requires_text = of_item(fields.String, "requires_text")
    starts_at = of_item(fields.AwareDateTime, "starts_at", allow_none=True)
    ends_at = of_item(fields.AwareDateTime, "ends_at", allow_none=True)
    daily_from_min = of_item(fields.Integer, "daily_from_min", allow_none=True)
    daily_to_min = of_item(fields.Integer, "daily_to_min", allow_none=True)
    free_freight = of_item(fields.Boolean, "free_freight")
    enabled = of_item(fields.Boolean, "enabled")
    position = of_item(fields.Integer, "position")
    version = of_item(fields.Integer, "version")
    ended_at = of_item(fields.AwareDateTime, "ended_at", allow_none=True)
    created_at = of_item(fields.AwareDateTime, "created_at")


ExchangeItemPageSchema = page_schema(ExchangeItemSchema)


class ExchangeItemQuery(PageQuery):
    kind = fields.String(validate=validate.OneOf(KINDS))
    ended = fields.Boolean()


class ExchangeStockInput(Schema):
    stock = whole(
        0, MAX_STOCK, required=True, metadata={"description": "in all, exchanged ones among them"}
    )


class ExchangeSwitchInput(Schema):
    enabled = StrictBoolean(required=True)
