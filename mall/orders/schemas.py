"""Shapes of quotes and orders, for shoppers."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.cart.queries import STATES
from mall.inventory.schemas import SkuIds
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, QuerySchema, Schema, Text, fen, quantity
from mall.orders.holding import hold_label
from mall.orders.placing import MAX_LINES
from mall.orders.states import ALL
from mall.pricing.quote import Lane

MAX_REMARK = 200
MAX_CHOICE = 100
ORDER_NO = validate.Regexp(r"^[0-9A-Za-z]{16,32}\Z", error="订单号无效")


class Yes(fields.Field[bool]):
    """`true` and nothing else."""

    default_error_messages = {"invalid": "只能为 true"}  # noqa: RUF012

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
            raise ma.ValidationError("lines 与 cart 请二选一", "lines")

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


class OrderInSchema(ChosenSchema):
    address_id = Id(required=True)
    expected_payable_fen = fen(
        required=True, metadata={"description": "`payable_fen` of the quote that was shown"}
    )
    remark = Text(at_most=MAX_REMARK, load_default="")


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
    image = fields.String(attribute="goods.image", required=True, allow_none=True)
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


def _notices(attribute: str) -> fields.List[Any]:
    return fields.List(
        fields.String(),
        attribute=attribute,
        required=True,
        metadata={"description": "what it goes without, for example a gift that is spent"},
    )


class QuoteSchema(Schema):
    lines = fields.List(fields.Nested(QuoteLineSchema), required=True)
    adjustments = fields.List(
        fields.Nested(QuoteAdjustmentSchema), attribute="quote.adjustments", required=True
    )
    hints = fields.List(fields.Nested(HintSchema), attribute="quote.hints", required=True)
    offers = fields.List(fields.Nested(OfferSchema), required=True)
    goods_fen = fen(attribute="quote.goods_fen", required=True)
    discount_fen = fen(attribute="quote.discount_fen", required=True)
    freight_fen = fen(attribute="quote.freight_fen", required=True)
    payable_fen = fen(attribute="quote.payable_fen", required=True)
    notices = _notices("quote.notices")


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


class PlacedSchema(Schema):
    order_no = fields.String(required=True)
    status = fields.String(required=True)
    payable_fen = fen(required=True)
    expires_at = fields.AwareDateTime(required=True, metadata={"description": "pay before"})
    notices = _notices("notices")


class OrderLineSchema(Schema):
    id = Id(required=True)
    sku_id = Id(required=True)
    spu_id = Id(required=True)
    name = fields.String(required=True)
    spec_text = fields.String(required=True)
    image = fields.String(required=True)
    price_fen = fen(required=True)
    quantity = quantity(required=True)
    payable_fen = fen(required=True)
    shipped_quantity = fields.Integer(required=True)
    refunded_quantity = fields.Integer(required=True)
    refunded_fen = fen(required=True)
    rebated_fen = fen(
        required=True, metadata={"description": "given back while the goods are kept"}
    )
    is_gift = fields.Boolean(required=True, metadata={"description": "it came for nothing"})


class OrderSummarySchema(Schema):
    """An order in a list."""

    order_no = fields.String(attribute="order.order_no", required=True)
    status = fields.String(attribute="order.status", required=True, validate=validate.OneOf(ALL))
    kind = fields.String(
        attribute="order.kind", required=True, metadata={"description": "normal, flash, …"}
    )
    hold_reason = fields.String(
        attribute="order.hold_reason",
        required=True,
        allow_none=True,
        metadata={"description": "why a paid order isn't sent yet; a stable code"},
    )
    hold_label = fields.Function(
        lambda shown: hold_label(shown.order.hold_reason),
        required=True,
        metadata={"type": "string", "nullable": True, "description": "the same in words"},
    )
    payable_fen = fen(attribute="order.payable_fen", required=True)
    refunding_fen = fen(attribute="order.refunding_fen", required=True)
    refunded_fen = fen(attribute="order.refunded_fen", required=True)
    created_at = fields.AwareDateTime(attribute="order.created_at", required=True)
    expires_at = fields.AwareDateTime(attribute="order.expires_at", required=True)
    lines = fields.List(fields.Nested(OrderLineSchema), required=True)


class OrderQuery(PageQuery):
    status = fields.String(validate=validate.OneOf(ALL))


OrderPageSchema = page_schema(OrderSummarySchema)


class OrderAddressSchema(Schema):
    receiver = fields.String(required=True)
    phone = fields.String(required=True)
    region_code = fields.String(required=True)
    region_names = fields.String(required=True)
    detail = fields.String(required=True)


class OrderSchema(OrderSummarySchema):
    """An order with all that a shopper may know of it."""

    goods_fen = fen(attribute="order.goods_fen", required=True)
    discount_fen = fen(attribute="order.discount_fen", required=True)
    freight_fen = fen(attribute="order.freight_fen", required=True)
    paid_fen = fen(attribute="order.paid_fen", required=True)
    remark = fields.String(attribute="order.remark", required=True)
    close_reason = fields.String(attribute="order.close_reason", required=True, allow_none=True)
    replaced_by = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "the order that a late payment of this closed one made"},
    )
    paid_at = fields.AwareDateTime(attribute="order.paid_at", required=True, allow_none=True)
    shipped_at = fields.AwareDateTime(attribute="order.shipped_at", required=True, allow_none=True)
    auto_confirm_at = fields.AwareDateTime(
        attribute="order.auto_confirm_at", required=True, allow_none=True
    )
    completed_at = fields.AwareDateTime(
        attribute="order.completed_at", required=True, allow_none=True
    )
    closed_at = fields.AwareDateTime(attribute="order.closed_at", required=True, allow_none=True)
    adjustments = fields.List(fields.Nested(AdjustmentSchema), required=True)
    choices = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        attribute="order.choices",
        required=True,
        metadata={"description": "what was chosen at placing, by feature"},
    )
    settled_at = fields.AwareDateTime(
        attribute="order.settled_at",
        required=True,
        allow_none=True,
        metadata={"description": "everything about it is over: no return is possible any more"},
    )
    address = fields.Nested(
        OrderAddressSchema,
        required=True,
        allow_none=True,
        metadata={"description": "null: nothing is sent, or it was erased"},
    )
