"""Shapes of the fund-flow bill. Amounts in fen, days by Asia/Shanghai."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema
from mall.payments.reconciliation.models import STATES
from mall.payouts.fundflow.models import KINDS


class FundFlowDaySchema(Schema):
    """A day. `waiting`: the bill isn't ready, or WeChat is asked about a transfer that it has.

    `failed`: WeChat refuses the bill, `error` says why. The totals are of the last comparison.
    """

    day = fields.Date(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATES))
    error = fields.String(required=True, allow_none=True)
    finished_at = fields.DateTime(required=True, allow_none=True)
    next_try_at = fields.DateTime(required=True, allow_none=True)
    their_transfers = fields.Integer(required=True)
    their_fen = fields.Integer(required=True)
    our_transfers = fields.Integer(required=True)
    our_fen = fields.Integer(required=True)
    open_findings = fields.Integer(required=True)


FundFlowDayPageSchema = page_schema(FundFlowDaySchema)


class FundFlowFindingQuery(PageQuery):
    resolved = fields.Boolean(metadata={"description": "only resolved ones, or only open ones"})


class FundFlowFindingSchema(Schema):
    """A difference. `resolved_by` is null when a later comparison found it right."""

    id = Id(required=True)
    day = fields.Date(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    next_step = fields.String(required=True)
    number = fields.String(required=True, metadata={"description": "out_bill_no"})
    payout_no = fields.String(required=True, allow_none=True)
    theirs_fen = fields.Integer(required=True, allow_none=True)
    ours_fen = fields.Integer(required=True, allow_none=True)
    resolution = fields.String(required=True, allow_none=True)
    resolved_at = fields.DateTime(required=True, allow_none=True)
    resolved_by = fields.String(required=True, allow_none=True, attribute="resolver")
    created_at = fields.DateTime(required=True)


FundFlowFindingPageSchema = page_schema(FundFlowFindingSchema)
