"""Shapes of requests and answers. Amounts in fen."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.schemas import Schema, Text

MAX_REASON = 200


class RequestPaymentSchema(Schema):
    """The arguments of `wx.requestPayment`, to be passed on as they are."""

    timeStamp = fields.String(required=True)
    nonceStr = fields.String(required=True)
    package = fields.String(required=True)
    signType = fields.String(required=True)
    paySign = fields.String(required=True)


class StartedPaymentSchema(Schema):
    order_no = fields.String(required=True)
    amount_fen = fields.Integer(required=True)
    expires_at = fields.DateTime(required=True)
    parameters = fields.Nested(RequestPaymentSchema, required=True)


class PaymentStateSchema(Schema):
    """What became of an order's payment.

    `unpaid`, `closing` (WeChat is still to confirm that it wasn't paid), `paid`, `closed`,
    `replaced` (paid too late: `replaced_by_order_no` has the goods), `returned` (paid too
    late: the money goes back), `refunded`.
    """

    order_no = fields.String(required=True)
    status = fields.String(
        required=True,
        validate=validate.OneOf(
            ("unpaid", "closing", "paid", "closed", "replaced", "returned", "refunded")
        ),
    )
    order_status = fields.String(required=True)
    amount_fen = fields.Integer(required=True)
    expires_at = fields.DateTime(required=True)
    paid_at = fields.DateTime(required=True, allow_none=True)
    replaced_by_order_no = fields.String(required=True, allow_none=True)


class CancellationSchema(Schema):
    """`closed`, or `closing` when WeChat can't be asked just now: it closes by itself later."""

    order_no = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(("closed", "closing")))


class ClosingInput(Schema):
    """Why staff close an order; it stands in the audit trail."""

    reason = Text(at_least=1, at_most=MAX_REASON, required=True)


class AttemptSchema(Schema):
    out_trade_no = fields.String(required=True)
    status = fields.String(required=True)
    amount_fen = fields.Integer(required=True)
    payer_total_fen = fields.Integer(required=True, allow_none=True)
    transaction_id = fields.String(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)
    expires_at = fields.DateTime(required=True)
    success_at = fields.DateTime(required=True, allow_none=True)
    closed_at = fields.DateTime(required=True, allow_none=True)
