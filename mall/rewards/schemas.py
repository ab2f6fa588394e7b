"""Shapes of rewards, for staff."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.compliance.schemas import ReviewedInput
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text, whole
from mall.rewards.models import BUDGET_UNITS, PIECES
from mall.rewards.sending import OUTCOMES
from mall.rewards.states import STATES

MAX_PARTS = 10
MAX_SENT = 200
MAX_COUNT = 1_000_000
MAX_BUDGET = 1_000_000_000


class RewardPartSchema(Schema):
    """`count` of `what`, an id of the kind: {"kind": "coupon", "what": "12", "count": 1}."""

    kind = Text(at_least=1, at_most=30, required=True)
    what = Text(at_most=30, load_default="")
    count = whole(1, MAX_COUNT, load_default=1)


class RewardRuleTerms(Schema):
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
        metadata={"description": "in all, from when it is set; none is without limit"},
    )
    budget_unit = fields.String(
        load_default=PIECES,
        validate=validate.OneOf(BUDGET_UNITS),
        metadata={"description": "rewards, or what they may cost in fen; stays as it was made"},
    )
    budget_returns = StrictBoolean(
        load_default=True,
        metadata={"description": "what is taken back may be given again"},
    )
    daily_cap = whole(
        1,
        MAX_BUDGET,
        load_default=None,
        allow_none=True,
        metadata={"description": "rewards a shopper and shop day; none is without limit"},
    )
    enabled = StrictBoolean(load_default=True)


class RewardRuleInSchema(RewardRuleTerms, ReviewedInput):
    """All that staff set of a rule."""


class RewardRuleSchema(RewardRuleTerms):
    id = Id(required=True)
    version = fields.Integer(required=True, metadata={"description": "counts what was saved"})
    used = fields.Integer(
        required=True,
        metadata={"description": "of the budget, in its unit; nothing is counted without one"},
    )
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


class GrantsOfRuleQuery(PageQuery):
    user_id = Id()


class GrantQuery(GrantsOfRuleQuery):
    ground = Text(at_least=1, at_most=100, metadata={"description": "order:<order_no>, …"})
    refused = fields.Boolean(
        load_default=False, metadata={"description": "only those that were due and not given"}
    )


class GrantedPartSchema(Schema):
    """`count` units; `taken_back` of them are the shop's again, `debt` were spent before."""

    kind = fields.String(required=True)
    what = fields.String(required=True)
    count = fields.Integer(required=True)
    receipt = fields.String(
        required=True, allow_none=True, metadata={"description": "none while it isn't given"}
    )
    taken_back = fields.Integer(required=True)
    debt = fields.Integer(required=True)


class RewardGrantSchema(Schema):
    id = Id(required=True)
    rule_id = Id(required=True)
    user_id = Id(required=True)
    event = fields.String(required=True)
    ground = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=validate.OneOf(STATES))
    refusal = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "the code of the error with which a pending one wasn't given"},
    )
    parts = fields.List(fields.Nested(GrantedPartSchema), required=True)
    created_at = fields.AwareDateTime(required=True)
    reversed_at = fields.AwareDateTime(required=True, allow_none=True)


RewardGrantPageSchema = page_schema(RewardGrantSchema)


class TakenSchema(Schema):
    position = fields.Integer(required=True, metadata={"description": "of the part, from 0"})
    taken_back = fields.Integer(required=True)
    debt = fields.Integer(required=True)


class RewardStepSchema(Schema):
    """A grant went on; the same status twice: a part of it was taken back."""

    from_status = fields.String(required=True, validate=validate.OneOf(STATES))
    to_status = fields.String(required=True, validate=validate.OneOf(STATES))
    cause = fields.String(required=True)
    taken = fields.List(fields.Nested(TakenSchema), required=True)
    created_at = fields.AwareDateTime(required=True)


class RewardGrantDetailSchema(RewardGrantSchema):
    steps = fields.List(fields.Nested(RewardStepSchema), required=True)
