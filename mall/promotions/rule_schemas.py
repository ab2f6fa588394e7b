"""Shapes of a promotion's rule, one a kind. A rate is what is still paid, in 1/10,000."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.kernel.http.schemas import Id, Schema, StrictBoolean, whole
from mall.kernel.money import MAX_FEN

MAX_STEPS, MAX_NAMED = 10, 1000


def _amount(**kwargs: Any) -> fields.Integer:
    return whole(1, MAX_FEN, **kwargs)


def _rate(**kwargs: Any) -> fields.Integer:
    return whole(100, 9_999, metadata={"description": "8500 is 8.5 折"}, **kwargs)


class AmountStepSchema(Schema):
    from_fen = _amount(required=True)
    off_fen = _amount(required=True)

    @ma.validates_schema
    def _less_than_the_goods(self, data: dict[str, Any], **_: Any) -> None:
        if data["off_fen"] >= data["from_fen"]:
            raise ma.ValidationError("减免须小于门槛", "off_fen")


class UnitsStepSchema(Schema):
    from_units = whole(1, 999, required=True)
    pay_bp = _rate(required=True)


class AmountOffSchema(Schema):
    """满减: 满 199 减 20, 满 399 减 50."""

    steps = fields.List(
        fields.Nested(AmountStepSchema),
        required=True,
        validate=validate.Length(min=1, max=MAX_STEPS),
    )

    @ma.validates_schema
    def _rising(self, data: dict[str, Any], **_: Any) -> None:
        _must_rise([(step["from_fen"], step["off_fen"]) for step in data["steps"]])


class UnitsPercentSchema(Schema):
    """满 N 件折扣."""

    steps = fields.List(
        fields.Nested(UnitsStepSchema),
        required=True,
        validate=validate.Length(min=1, max=MAX_STEPS),
    )

    @ma.validates_schema
    def _rising(self, data: dict[str, Any], **_: Any) -> None:
        _must_rise([(step["from_units"], -step["pay_bp"]) for step in data["steps"]])


def _must_rise(steps: list[tuple[int, int]]) -> None:
    for low, high in pairwise(steps):
        if low[0] >= high[0] or low[1] >= high[1]:
            raise ma.ValidationError("门槛与优惠须逐级递增", "steps")


class UnitsFreeSchema(Schema):
    """满 N 件减: of every `units`, the cheapest `free_units` are free."""

    units = whole(2, 999, required=True)
    free_units = whole(1, 998, required=True)
    repeat = StrictBoolean(load_default=False)

    @ma.validates_schema
    def _some_are_paid(self, data: dict[str, Any], **_: Any) -> None:
        if data["free_units"] >= data["units"]:
            raise ma.ValidationError("免费件数须小于总件数", "free_units")


class PercentSchema(Schema):
    """限时折扣."""

    pay_bp = _rate(required=True)


class FixedPriceSchema(Schema):
    sku_id = Id(required=True)
    price_fen = _amount(required=True)


class FixedPricesSchema(Schema):
    """限时特价: a price for each SKU."""

    prices = fields.List(
        fields.Nested(FixedPriceSchema),
        required=True,
        validate=validate.Length(min=1, max=MAX_NAMED),
    )

    @ma.validates_schema
    def _each_once(self, data: dict[str, Any], **_: Any) -> None:
        must_differ([price["sku_id"] for price in data["prices"]], "prices")


class BundleItemSchema(Schema):
    sku_id = Id(required=True)
    units = whole(1, 99, required=True)


class BundleSchema(Schema):
    """套装价: these units together cost `price_fen`."""

    items = fields.List(
        fields.Nested(BundleItemSchema), required=True, validate=validate.Length(min=1, max=20)
    )
    price_fen = _amount(required=True)

    @ma.validates_schema
    def _each_once(self, data: dict[str, Any], **_: Any) -> None:
        must_differ([item["sku_id"] for item in data["items"]], "items")


def must_differ(ids: list[int], name: str) -> None:
    if len(set(ids)) != len(ids):
        raise ma.ValidationError("同一商品请只填一次", name)


class GiftSchema(Schema):
    """买赠: for every `from_units` units bought, `units` of this SKU for nothing."""

    sku_id = Id(required=True)
    from_units = whole(1, 999, load_default=1)
    units = whole(1, 99, load_default=1)
    repeat = StrictBoolean(load_default=False)


class FreeFreightSchema(Schema):
    """满额包邮."""

    from_fen = whole(0, MAX_FEN, required=True)


class RuleSchema(Schema):
    """Exactly one kind."""

    amount_off = fields.Nested(AmountOffSchema)
    units_percent = fields.Nested(UnitsPercentSchema)
    units_free = fields.Nested(UnitsFreeSchema)
    bundle = fields.Nested(BundleSchema)
    gift = fields.Nested(GiftSchema)
    percent = fields.Nested(PercentSchema)
    fixed_prices = fields.Nested(FixedPricesSchema)
    free_freight = fields.Nested(FreeFreightSchema)

    @ma.validates_schema
    def _one(self, data: dict[str, Any], **_: Any) -> None:
        if len(data) != 1:
            raise ma.ValidationError("请选择一种优惠方式")
