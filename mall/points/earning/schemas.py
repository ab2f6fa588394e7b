"""Shapes of the plan of earning."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.compliance.schemas import ReviewedInput
from mall.kernel.http.paging import page_schema
from mall.kernel.http.schemas import Id, Schema, Text, whole
from mall.kernel.http.times import ShopDay
from mall.points.earning.rates import WHOLE_BP

MAX_RATE = 10_000_000
MOST_BP = 10 * WHOLE_BP
MAX_VERSION = 1_000_000
MAX_CATEGORIES, MAX_SKUS, MAX_DAYS = 300, 3_000, 60


def _rate(**kwargs: Any) -> fields.Integer:
    return whole(
        0,
        MAX_RATE,
        required=True,
        metadata={"description": "points for 100 yuan paid; 0 for none"},
        **kwargs,
    )


class CategoryRateSchema(Schema):
    """Counts for the category and all below it that have no rate of their own."""

    category_id = Id(required=True)
    rate = _rate()


class SkuRateSchema(Schema):
    sku_id = Id(required=True)
    rate = _rate()


class EarningDaySchema(Schema):
    """Shop days, both included, on which everything earns more."""

    name = Text(at_least=1, at_most=30, required=True)
    first_day = ShopDay(required=True)
    last_day = ShopDay(required=True)
    multiple_bp = whole(
        WHOLE_BP + 1, MOST_BP, required=True, metadata={"description": "20000 is double"}
    )

    @ma.validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        if data["first_day"] > data["last_day"]:
            raise ma.ValidationError("结束日期不能早于开始日期", "last_day")


def _once(name: str) -> Any:
    def check(rows: list[dict[str, int]]) -> None:
        if len({row[name] for row in rows}) != len(rows):
            raise ma.ValidationError("同一项只能设置一次")

    return check


class EarningPlanInSchema(ReviewedInput, Schema):
    name = Text(at_least=1, at_most=30, required=True)
    default_rate = _rate()
    categories = fields.List(
        fields.Nested(CategoryRateSchema),
        load_default=list,
        validate=[validate.Length(max=MAX_CATEGORIES), _once("category_id")],
    )
    skus = fields.List(
        fields.Nested(SkuRateSchema),
        load_default=list,
        validate=[validate.Length(max=MAX_SKUS), _once("sku_id")],
    )
    days = fields.List(
        fields.Nested(EarningDaySchema),
        load_default=list,
        validate=validate.Length(max=MAX_DAYS),
    )
    replaces = whole(
        0,
        MAX_VERSION,
        required=True,
        metadata={"description": "the version that was seen; 0 for the first plan"},
    )

    @ma.validates_schema
    def _days_apart(self, data: dict[str, Any], **_: Any) -> None:
        days = sorted(data["days"], key=lambda day: day["first_day"])
        for one, following in pairwise(days):
            if following["first_day"] <= one["last_day"]:
                raise ma.ValidationError("活动日期不能重叠", "days")

    @ma.post_load
    def _by_id(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        data["categories"] = {row["category_id"]: row["rate"] for row in data["categories"]}
        data["skus"] = {row["sku_id"]: row["rate"] for row in data["skus"]}
        return data


class EarningPlanSchema(Schema):
    version = fields.Integer(required=True)
    name = fields.String(required=True)
    default_rate = _rate()
    categories = fields.List(
        fields.Nested(CategoryRateSchema), attribute="category_rates", required=True
    )
    skus = fields.List(fields.Nested(SkuRateSchema), attribute="sku_rates", required=True)
    days = fields.List(fields.Nested(EarningDaySchema), attribute="rules.days", required=True)
    created_at = fields.AwareDateTime(required=True)


EarningPlanPageSchema = page_schema(EarningPlanSchema)
