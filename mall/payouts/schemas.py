"""Shapes of payouts. Amounts in fen."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, Text, fen
from mall.payouts.states import TRANSITIONS

STATUSES = ("ready", "asked", "paid", "void")
WAYS = ("transfer", "hand")
MAX_NAME, MAX_RECEIPT, MAX_REASON = 32, 64, 200


class PayoutSchema(Schema):
    """Money for a shopper. `payable_fen` is `amount_fen` less what was taken back since and what
    paid an older debt."""

    payout_no = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    amount_fen = fen(required=True)
    back_fen = fen(required=True)
    offset_fen = fen(required=True)
    payable_fen = fen(required=True)
    way = fields.String(required=True, allow_none=True, validate=validate.OneOf(WAYS))
    created_at = fields.AwareDateTime(required=True)
    paid_at = fields.AwareDateTime(required=True, allow_none=True)


PayoutPageSchema = page_schema(PayoutSchema)


class PayoutQuery(PageQuery):
    status = fields.String(validate=validate.OneOf(STATUSES))


class ConfirmSchema(Schema):
    """The arguments of `wx.requestMerchantTransfer`."""

    mchId = fields.String(required=True)
    appId = fields.String(required=True)
    package = fields.String(required=True)


class OwnPayoutSchema(Schema):
    """`confirm` is there while WeChat waits for the shopper; `transfer_status` is of the last
    transfer. Ask again in a second while it is `pending` or `accepted`."""

    payout = fields.Nested(PayoutSchema, required=True)
    transfer_status = fields.String(
        attribute="transfer.status",
        dump_default=None,
        allow_none=True,
        validate=validate.OneOf(tuple(TRANSITIONS)),
    )
    confirm = fields.Nested(ConfirmSchema, required=True, allow_none=True)


class AskInput(Schema):
    real_name = Text(
        at_least=1,
        at_most=MAX_NAME,
        metadata={"description": "only from 2,000 yuan on: WeChat compares it with the receiver's"},
    )


class TransferSchema(Schema):
    out_bill_no = fields.String(required=True)
    transfer_bill_no = fields.String(required=True, allow_none=True)
    amount_fen = fen(required=True)
    status = fields.String(required=True, validate=validate.OneOf(tuple(TRANSITIONS)))
    error = fields.String(required=True, allow_none=True)
    abandoned_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "since then it isn't sent any more, as staff asked"},
    )
    created_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)


class StaffPayoutSchema(PayoutSchema):
    user_id = Id(required=True)
    kind = fields.String(required=True)
    source = fields.String(required=True)
    receipt = fields.String(required=True, allow_none=True)


StaffPayoutPageSchema = page_schema(StaffPayoutSchema)


class StaffPayoutQuery(PayoutQuery):
    user_id = Id()


class FullPayoutSchema(Schema):
    """`debt_fen` is what the shopper owes now."""

    payout = fields.Nested(StaffPayoutSchema, required=True)
    transfers = fields.List(fields.Nested(TransferSchema), required=True)
    debt_fen = fen(required=True)


class ReasonInput(Schema):
    reason = Text(at_least=1, at_most=MAX_REASON, required=True)


class ByHandInput(ReasonInput):
    receipt = Text(
        at_least=1,
        at_most=MAX_RECEIPT,
        required=True,
        metadata={"description": "number of the bank's or the shopper's receipt"},
    )


class CancelledSchema(Schema):
    """`cancelling`: it is on its way; false when WeChat didn't take it on: a query tells why."""

    cancelling = fields.Boolean(required=True)
