"""Shapes of rewards, for staff."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text, whole
from mall.rewards.commands import OUTCOMES

MAX_PARTS = 10
MAX_SENT = 200
MAX_COUNT = 1_000_000
MAX_BUDGET = 1_000_000_000


class RewardPartSchema(Schema):
    """`count` of `what`, an id of the kind: {"kind": "coupon", "what": "12", "count": 1}."""

    kind = Text(at_least=1, at_most=30, required=True)
    what = Text(at_most=30, load_default="")
    count = whole(1, MAX_COUNT, load_default=1)


class RewardRuleInSchema(Schema):
    name = Text(at_least=1, at_most=60, required=True)
    reward = fields.List(
        fields.Nested(RewardPartSchema),
        required=True,
        validate=validate.Length(min=1, max=MAX_PARTS),
    )
    budget = whole(
        0,
        MAX_BUDGET,
        load_default=None,
        allow_none=True,
        metadata={"description": "rewards in all; none is without limit"},
    )
    daily_cap = whole(
        1,
        MAX_BUDGET,
        load_default=None,
        allow_none=True,
        metadata={"description": "rewards a shopper and shop day; none is without limit"},
    )
    enabled = StrictBoolean(load_default=True)


class RewardRuleSchema(RewardRuleInSchema):
    id = Id(required=True)
    granted = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)


RewardRulePageSchema = page_schema(RewardRuleSchema)


class SendSchema(Schema):
    event = Text(
        at_least=1,
        at_most=60,
        required=True,
        metadata={"description": "what it is for; a shopper is rewarded for it once"},
    )
    user_ids = fields.List(Id(), required=True, validate=validate.Length(min=1, max=MAX_SENT))


class OutcomeSchema(Schema):
    user_id = Id(required=True)
    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES))
    grant_id = Id(required=True, allow_none=True)
    code = fields.String(required=True, allow_none=True)
    message = fields.String(required=True, allow_none=True)


class SentSchema(Schema):
    items = fields.List(fields.Nested(OutcomeSchema), required=True)


class GrantQuery(PageQuery):
    user_id = Id()


class ReceiptSchema(Schema):
    kind = fields.String(required=True)
    receipt = fields.String(required=True)
    taken_back = fields.Boolean(metadata={"description": "only after a reversal"})


class RewardGrantSchema(Schema):
    id = Id(required=True)
    user_id = Id(required=True)
    event = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["granted", "reversed"]))
    receipts = fields.List(fields.Nested(ReceiptSchema), required=True)
    created_at = fields.AwareDateTime(required=True)
    reversed_at = fields.AwareDateTime(required=True, allow_none=True)


RewardGrantPageSchema = page_schema(RewardGrantSchema)
