"""Shapes of commission. Amounts in fen, rates in 1/10,000."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.compliance.schemas import ReviewedInput
from mall.kernel.http.addresses import PictureAddress
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, Text, fen, whole
from mall.referral.commission.kinds import LABELS
from mall.referral.commission.line_models import ALL, SCOPES, STATUSES
from mall.referral.commission.rates import WHOLE_BP

MAX_RATES = 3_000
MAX_VERSION = 1_000_000
MAX_REASON = 200


class CommissionBalanceSchema(Schema):
    """In fen: what waits for its orders, can be withdrawn, is being withdrawn, is owed."""

    pending_fen = fen(required=True)
    available_fen = fen(required=True)
    held_fen = fen(required=True)
    debt_fen = fen(
        required=True,
        metadata={"description": "taken back after it was withdrawn; paid first, by what comes"},
    )


class CommissionAccountSchema(CommissionBalanceSchema):
    user_id = Id(required=True)


CommissionAccountPageSchema = page_schema(CommissionAccountSchema)


class CommissionAccountQuery(PageQuery):
    in_debt = fields.Boolean(load_default=False, metadata={"description": "those that owe"})


class CommissionEntrySchema(Schema):
    """One change; each figure is what it changed."""

    id = Id(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(tuple(LABELS)))
    label = fields.String(required=True, metadata={"description": "the kind, in Chinese"})
    pending_fen = fields.Integer(required=True)
    available_fen = fields.Integer(required=True)
    held_fen = fields.Integer(required=True)
    debt_fen = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)


CommissionEntryPageSchema = page_schema(CommissionEntrySchema)


class StaffCommissionEntrySchema(CommissionEntrySchema):
    source = fields.String(required=True)
    note = fields.String(required=True)
    staff_id = Id(required=True, allow_none=True)


StaffCommissionEntryPageSchema = page_schema(StaffCommissionEntrySchema)


class CommissionLineSchema(Schema):
    """What a line of somebody's order brings. `kept_fen` is `amount_fen` less what was taken back
    since."""

    id = Id(required=True)
    level = fields.Integer(
        required=True, metadata={"description": "1: I brought the buyer; 2: I brought who did"}
    )
    goods = fields.String(required=True)
    spec_text = fields.String(required=True)
    image = PictureAddress(required=True)
    rate_bp = fields.Integer(required=True)
    amount_fen = fen(required=True)
    kept_fen = fen(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    why = fields.String(
        required=True, metadata={"description": "why it waits, or pays nothing, in Chinese"}
    )
    due_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "when it may settle; null until the order can't come back"},
    )
    settled_at = fields.AwareDateTime(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


CommissionLinePageSchema = page_schema(CommissionLineSchema)


class CommissionLineQuery(PageQuery):
    status = fields.String(load_default=None, validate=validate.OneOf(STATUSES))


class StaffCommissionLineSchema(CommissionLineSchema):
    order_no = fields.String(required=True)
    position = fields.Integer(required=True)
    promoter_id = Id(required=True)
    buyer_id = Id(required=True)
    base_fen = fen(required=True, metadata={"description": "what was paid for the line"})
    back_fen = fen(required=True, metadata={"description": "what of it went back to the buyer"})
    binding_id = Id(required=True, allow_none=True)
    upper_binding_id = Id(required=True, allow_none=True)


StaffCommissionLinePageSchema = page_schema(StaffCommissionLineSchema)


class StaffCommissionLineQuery(CommissionLineQuery):
    promoter_id = Id(load_default=None)
    order_no = Text(load_default=None, at_most=40)


class CommissionVoidInput(Schema):
    reason = Text(at_least=1, at_most=MAX_REASON, required=True)


class CommissionRateSchema(Schema):
    """What goods pay. A SKU's rate counts before its category's, the nearest category first; in
    each the promoter's own level before any."""

    scope = fields.String(required=True, validate=validate.OneOf(SCOPES))
    scope_id = Id(load_default=0, metadata={"description": "the category or SKU"})
    level_id = Id(
        load_default=None,
        allow_none=True,
        metadata={"description": "the level of promoters; null for any without its own rate"},
    )
    rate_bp = whole(0, WHOLE_BP, required=True, metadata={"description": "who brought the buyer"})
    second_bp = whole(
        0,
        WHOLE_BP,
        load_default=0,
        metadata={"description": "who brought that promoter, where two levels are paid"},
    )

    @ma.validates_schema
    def _possible(self, data: dict[str, Any], **_: Any) -> None:
        if (data["scope"] == ALL) != (data["scope_id"] == 0):
            raise ma.ValidationError("适用范围与编号不符", "scope_id")
        if data["rate_bp"] + data["second_bp"] > WHOLE_BP:
            raise ma.ValidationError("两级佣金比例之和不能超过 100%", "second_bp")


class CommissionPlanInSchema(ReviewedInput, Schema):
    name = Text(at_least=1, at_most=30, required=True)
    rates = fields.List(
        fields.Nested(CommissionRateSchema),
        required=True,
        validate=validate.Length(min=1, max=MAX_RATES),
    )
    replaces = whole(
        0,
        MAX_VERSION,
        required=True,
        metadata={"description": "the version that was seen; 0 for the first"},
    )

    @ma.validates_schema
    def _once(self, data: dict[str, Any], **_: Any) -> None:
        places = {(rate["scope"], rate["scope_id"], rate["level_id"]) for rate in data["rates"]}
        if len(places) != len(data["rates"]):
            raise ma.ValidationError("同一项只能设置一次", "rates")


class CommissionPlanSchema(Schema):
    version = fields.Integer(required=True)
    name = fields.String(required=True)
    rates = fields.List(fields.Nested(CommissionRateSchema), required=True)
    created_at = fields.AwareDateTime(required=True)


CommissionPlanPageSchema = page_schema(CommissionPlanSchema)
