"""Shapes of quotes and of a shopper's own prices."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.cart.queries import STATES
from mall.inventory.schemas import SkuIds
from mall.kernel.http.addresses import PictureAddress
from mall.kernel.http.schemas import Id, QuerySchema, Schema, Text, fen, quantity
from mall.orders.placing import MAX_LINES
from mall.pricing.quote import Lane

MAX_CHOICE = 100


class Yes(fields.Field[bool]):
    """`true` and nothing else."""

    default_error_messages = {"invalid": "如填写须为 true"}  # noqa: RUF012

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> bool:
        if value is not True:
            raise self.make_error("invalid")
        return True


class WantedLineSchema(Schema):
    sku_id = Id(required=True)
    quantity = quantity(required=True)


def _one_line_a_sku(lines: list[dict[str, int]]) -> None:
    if len({line["sku_id"] for line in lines}) != len(lines):
        raise ma.ValidationError("同一商品请合并为一行")


class WantedSchema(Schema):
    """Either `lines` or `cart: true`."""

    lines = fields.List(
        fields.Nested(WantedLineSchema),
        validate=[validate.Length(min=1, max=MAX_LINES), _one_line_a_sku],
    )
    cart = Yes(metadata={"type": "boolean", "description": "every line of the cart"})

    @ma.validates_schema
    def _one_source(self, data: dict[str, Any], **_: Any) -> None:
        if ("lines" in data) == ("cart" in data):
            raise ma.ValidationError("商品行与购物车请二选一", "lines")

    @ma.post_load
    def _as_quantities(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        lines = data.pop("lines", None)
        data.pop("cart", None)
        wanted = lines and {line["sku_id"]: line["quantity"] for line in lines}
        return {**data, "wanted": wanted}


class ChoicesSchema(Schema):
    """What the shopper chose of what the shop offers."""

    choices = fields.Dict(
        keys=Text(at_least=1, at_most=MAX_CHOICE),
        values=Text(at_least=1, at_most=MAX_CHOICE),
        validate=validate.Length(max=20),
        load_default=dict,
        metadata={"description": "by feature, as its offers say, for example coupons: best"},
    )


class ChosenSchema(WantedSchema, ChoicesSchema):
    """What is wanted, and what was chosen."""


class QuoteInSchema(ChosenSchema):
    address_id = Id()


class ObstacleSchema(Schema):
    """What an order with this line would be refused with."""

    code = fields.String(required=True)
    message = fields.String(required=True)


class LineShareSchema(Schema):
    """A line's part of one adjustment."""

    label = fields.String(required=True)
    amount_fen = fields.Integer(required=True)


class QuoteLineSchema(Schema):
    sku_id = Id(attribute="goods.sku_id", required=True)
    spu_id = Id(attribute="goods.spu_id", required=True)
    name = fields.String(attribute="goods.name", required=True)
    spec_text = fields.String(attribute="goods.spec_text", required=True)
    image = PictureAddress(attribute="goods.image", required=True, allow_none=True)
    price_fen = fen(attribute="goods.price_fen", required=True)
    quantity = quantity(attribute="money.line.quantity", required=True)
    total_fen = fen(attribute="money.total_fen", required=True)
    payable_fen = fen(attribute="money.payable_fen", required=True)
    left = fields.Integer(required=True, metadata={"description": "units left, 99 at most"})
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    adjustments = fields.List(fields.Nested(LineShareSchema), required=True)
    price_note = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "which activity prices lost: 已享拼团价，会员价不叠加"},
    )
    obstacle = fields.Nested(
        ObstacleSchema,
        required=True,
        allow_none=True,
        metadata={"description": "why it can't be ordered like this, for example undeliverable"},
    )
    is_gift = fields.Boolean(required=True, metadata={"description": "it came for nothing"})


class LaneName(fields.String):
    """A lane by its name, as a quote has it and as an order keeps it."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> str:
        return value.name if isinstance(value, Lane) else str(value)


class AdjustmentSchema(Schema):
    lane = LaneName(required=True, validate=validate.OneOf([lane.name for lane in Lane]))
    label = fields.String(required=True)
    amount_fen = fields.Integer(
        required=True, metadata={"description": "negative makes it cheaper"}
    )


class OfferSchema(Schema):
    """What would apply and what not; send `participant`: `choice` among the choices for it."""

    participant = fields.String(required=True)
    choice = fields.String(required=True, allow_none=True)
    label = fields.String(required=True)
    applies = fields.Boolean(required=True)
    chosen = fields.Boolean(required=True)
    amount_fen = fen(required=True, metadata={"description": "what it saves, or would"})
    reason = fields.String(required=True, allow_none=True)


class QuoteAdjustmentSchema(AdjustmentSchema):
    note = fields.String(
        required=True, metadata={"description": "with what it goes together, in words"}
    )


class HintSchema(Schema):
    """The next step of a promotion: what is missing to it."""

    label = fields.String(required=True)
    text = fields.String(required=True, metadata={"description": "再买 ¥23 可减 ¥50"})
    short_fen = fields.Integer(required=True, allow_none=True)
    short_units = fields.Integer(required=True, allow_none=True)


def notices(attribute: str) -> fields.List[Any]:
    return fields.List(
        fields.String(),
        attribute=attribute,
        required=True,
        metadata={"description": "what it goes without, for example a gift that is spent"},
    )


class ExtraSchema(Schema):
    """Something beside the money, such as points, in words for the shopper."""

    participant = fields.String(required=True)
    label = fields.String(required=True)
    text = fields.String(required=True)
    quantity = fields.Integer(required=True, metadata={"description": "the number in `text`"})


def extras(description: str, **kwargs: Any) -> fields.List[Any]:
    return fields.List(
        fields.Nested(ExtraSchema),
        required=True,
        metadata={"description": description},
        **kwargs,
    )


class QuoteSchema(Schema):
    lines = fields.List(fields.Nested(QuoteLineSchema), required=True)
    adjustments = fields.List(
        fields.Nested(QuoteAdjustmentSchema), attribute="quote.adjustments", required=True
    )
    hints = fields.List(fields.Nested(HintSchema), attribute="quote.hints", required=True)
    offers = fields.List(fields.Nested(OfferSchema), required=True)
    extras = extras("what it brings beside the goods")
    goods_fen = fen(attribute="quote.goods_fen", required=True)
    discount_fen = fen(attribute="quote.discount_fen", required=True)
    freight_fen = fen(attribute="quote.freight_fen", required=True)
    payable_fen = fen(attribute="quote.payable_fen", required=True)
    notices = notices("quote.notices")


class ShopperPricesQuery(QuerySchema):
    sku_ids = SkuIds(required=True, metadata={"type": "string", "example": "1,2"})


class ShopperPriceSchema(Schema):
    """What a unit costs this shopper, activity prices of all features counted."""

    sku_id = Id(required=True)
    list_price_fen = fen(required=True, allow_none=True)
    price_fen = fen(required=True, metadata={"description": "the shop's price, for everybody"})
    my_price_fen = fen(required=True)
    label = fields.String(
        required=True, allow_none=True, metadata={"description": "why it is lower: 会员价"}
    )
    kind = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "what makes it lower, for example promotion"},
    )


class ShopperPricesSchema(Schema):
    items = fields.List(fields.Nested(ShopperPriceSchema), required=True)
