"""Shapes of refunds. Amounts in fen."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import MAX_QUANTITY, Id, Schema, Text, fen, whole
from mall.orders.quote_schemas import extras
from mall.payments.schemas import AttemptSchema

REFUND_KINDS = ("order", "late_payment", "duplicate_payment")
REFUND_STATES = ("pending", "sent", "succeeded", "abnormal", "closed", "failed", "canceled")


class RefundLineRequest(Schema):
    line_id = Id(required=True)
    quantity = whole(0, MAX_QUANTITY, required=True)
    amount_fen = fen(metadata={"description": "without it: the units' share of what was paid"})


class RefundedSchema(Schema):
    """A line without units is a rebate: money back for goods that are kept."""

    lines = fields.List(
        fields.Nested(RefundLineRequest), load_default=list, validate=validate.Length(max=200)
    )
    freight_fen = fen(load_default=0)


class RefundRequestSchema(RefundedSchema):
    reason = Text(at_least=1, at_most=80, required=True)


class BookingSchema(RefundRequestSchema):
    """What a refund that WeChat made gave back. Without lines and freight: as it was called off."""


class RefundLineSchema(Schema):
    line_id = Id(required=True)
    quantity = fields.Integer(required=True)
    amount_fen = fields.Integer(required=True)


class RefundPreviewSchema(Schema):
    """What a refund would give back."""

    lines = fields.List(fields.Nested(RefundLineSchema), required=True)
    freight_fen = fields.Integer(required=True)
    amount_fen = fields.Integer(required=True, metadata={"description": "in all"})
    extras = extras("what goes back beside the money, such as points")


class RefundSchema(Schema):
    """A refund. `stuck`: it won't end without staff."""

    refund_no = fields.String(required=True)
    out_refund_no = fields.String(required=True)
    order_no = fields.String(required=True)
    out_trade_no = fields.String(
        required=True, allow_none=True, metadata={"description": "null: units that cost nothing"}
    )
    kind = fields.String(required=True, validate=validate.OneOf(REFUND_KINDS))
    cause = fields.String(
        required=True, metadata={"description": "staff, aftersales:<number>, or a feature's ground"}
    )
    cancellable = fields.Boolean(
        required=True, metadata={"description": "false: staff may retry it, not cancel it"}
    )
    status = fields.String(required=True, validate=validate.OneOf(REFUND_STATES))
    stuck = fields.Boolean(required=True)
    amount_fen = fields.Integer(required=True)
    freight_fen = fields.Integer(required=True)
    reason = fields.String(required=True)
    refund_id = fields.String(required=True, allow_none=True)
    error = fields.String(required=True, allow_none=True)
    error_message = fields.String(
        required=True, allow_none=True, metadata={"description": "what WeChat says of `error`"}
    )
    tries = fields.Integer(required=True)
    next_try_at = fields.DateTime(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)
    succeeded_at = fields.DateTime(required=True, allow_none=True)
    lines = fields.List(fields.Nested(RefundLineSchema), required=True)


class RefundQuery(PageQuery):
    stuck = fields.Boolean(metadata={"description": "only those that wait for staff"})
    status = fields.String(validate=validate.OneOf(REFUND_STATES))
    order_no = Text(at_most=32)


RefundPageSchema = page_schema(RefundSchema)


class OrderPaymentsSchema(Schema):
    """Every attempt to pay an order and every refund of it, oldest first."""

    order_no = fields.String(required=True)
    attempts = fields.List(fields.Nested(AttemptSchema), required=True)
    refunds = fields.List(fields.Nested(RefundSchema), required=True)
