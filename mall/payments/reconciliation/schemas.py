"""Shapes of the reconciliation. Amounts in fen, days by Asia/Shanghai."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, Text
from mall.payments.reconciliation.finding_codes import CODES
from mall.payments.reconciliation.models import KINDS, STATES, SUBJECTS


class ReconciliationSchema(Schema):
    """A day. `waiting`: the bill isn't ready or WeChat couldn't tell all; it is tried again.

    `failed`: WeChat refuses the bill, `error` says why. The totals are of the last finished
    run; `foreign_rows` belong to other AppIDs of the merchant number.
    """

    day = fields.Date(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATES))
    error = fields.String(required=True, allow_none=True)
    finished_at = fields.DateTime(required=True, allow_none=True)
    next_try_at = fields.DateTime(required=True, allow_none=True)
    their_payments = fields.Integer(required=True)
    their_payments_fen = fields.Integer(required=True)
    their_refunds = fields.Integer(required=True)
    their_refunds_fen = fields.Integer(required=True)
    our_payments = fields.Integer(required=True)
    our_payments_fen = fields.Integer(required=True)
    our_refunds = fields.Integer(required=True)
    our_refunds_fen = fields.Integer(required=True)
    foreign_rows = fields.Integer(required=True)
    theirs_only = fields.Integer(required=True)
    ours_only = fields.Integer(required=True)
    amount_differs = fields.Integer(required=True)
    billed_again = fields.Integer(required=True)
    open_findings = fields.Integer(required=True)


ReconciliationPageSchema = page_schema(ReconciliationSchema)


class FindingQuery(PageQuery):
    kind = fields.String(validate=validate.OneOf(KINDS))
    resolved = fields.Boolean(metadata={"description": "only resolved ones, or only open ones"})


class FindingSchema(Schema):
    """A difference. `resolved_by` is null when the mall repaired it itself."""

    id = Id(required=True)
    day = fields.Date(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    subject = fields.String(required=True, validate=validate.OneOf(SUBJECTS))
    code = fields.String(required=True, validate=validate.OneOf(CODES))
    next_step = fields.String(required=True)
    number = fields.String(required=True, metadata={"description": "out_trade_no or out_refund_no"})
    transaction_id = fields.String(required=True)
    order_no = fields.String(required=True, allow_none=True)
    theirs_fen = fields.Integer(required=True, allow_none=True)
    ours_fen = fields.Integer(required=True, allow_none=True)
    resolution = fields.String(required=True, allow_none=True)
    resolved_at = fields.DateTime(required=True, allow_none=True)
    resolved_by = fields.String(required=True, allow_none=True, attribute="resolver")
    created_at = fields.DateTime(required=True)


FindingPageSchema = page_schema(FindingSchema)


class ResolutionSchema(Schema):
    resolution = Text(at_least=1, at_most=200, required=True)
