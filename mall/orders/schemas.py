"""Shapes of orders, for shoppers."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.addresses import PictureAddress
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, Text, fen, quantity
from mall.orders.holding import hold_label
from mall.orders.quote_schemas import AdjustmentSchema, ChosenSchema, extras, notices
from mall.orders.states import ALL

MAX_REMARK = 200
ORDER_NO = validate.Regexp(r"^[0-9A-Za-z]{16,32}\Z", error="订单号无效")


class OrderInSchema(ChosenSchema):
    address_id = Id(required=True)
    expected_payable_fen = fen(
        required=True, metadata={"description": "`payable_fen` of the quote that was shown"}
    )
    remark = Text(at_most=MAX_REMARK, load_default="")


class PlacedSchema(Schema):
    order_no = fields.String(required=True)
    status = fields.String(required=True)
    payable_fen = fen(required=True)
    expires_at = fields.AwareDateTime(required=True, metadata={"description": "pay before"})
    notices = notices("notices")


class OrderLineSchema(Schema):
    id = Id(required=True)
    sku_id = Id(required=True)
    spu_id = Id(required=True)
    name = fields.String(required=True)
    spec_text = fields.String(required=True)
    image = PictureAddress(required=True)
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


class PaidOtherwiseSchema(Schema):
    """What an order cost in a currency of a feature, such as points."""

    name = fields.String(required=True)
    label = fields.String(required=True, metadata={"description": "积分"})
    amount = fields.Integer(required=True)
    returned = fields.Integer(required=True, metadata={"description": "of it came back"})


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
    also_paid = fields.List(fields.Nested(PaidOtherwiseSchema), required=True)
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
    extras = extras("what it brings beside the goods; what it cost is `also_paid`")
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
