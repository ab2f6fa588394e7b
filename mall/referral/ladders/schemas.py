"""Shapes of ladders for shoppers."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.paging import page_schema
from mall.kernel.http.schemas import Id, Schema
from mall.referral.ladders.campaigns import STATES
from mall.referral.ladders.invitees import REASONS
from mall.referral.ladders.invitees import STATES as INVITEE_STATES
from mall.referral.ladders.models import SIDES
from mall.rewards.schemas import RewardPartSchema
from mall.rewards.states import STATES as GRANT_STATES

REWARD_STATES = (*GRANT_STATES, "refused")
"""Of a reward; `refused` when its rule gave nothing."""


class LadderRungSchema(Schema):
    position = fields.Integer(required=True)
    side = fields.String(
        required=True,
        validate=validate.OneOf(SIDES),
        metadata={
            "description": "`inviter`: rewarded for qualified invitees; `per_invitee`: for the"
            " orders of one invitee; `invitee`: the invitee, for own orders"
        },
    )
    threshold = fields.Integer(required=True)
    times = fields.Integer(required=True, metadata={"description": "how often at most"})
    name = fields.String(required=True)
    reward = fields.List(fields.Nested(RewardPartSchema), required=True)


class LadderTermsSchema(Schema):
    """What everybody may read of a campaign, without its rungs."""

    id = Id(required=True)
    name = fields.String(required=True)
    text = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    rules = fields.List(fields.String(), required=True, metadata={"description": "in words"})


class LadderSchema(LadderTermsSchema):
    """A campaign as shoppers see it."""

    rungs = fields.List(fields.Nested(LadderRungSchema), required=True)


class LadderListSchema(Schema):
    items = fields.List(fields.Nested(LadderSchema), required=True)


class RungProgressSchema(Schema):
    """A rung, and how far I am. `missing` is what is left to its next step, 0 when there is none;
    for `per_invitee` see the invitees."""

    rung = fields.Nested(LadderRungSchema, required=True)
    counted = fields.Integer(required=True)
    qualified = fields.Integer(required=True, metadata={"description": "of them for sure"})
    missing = fields.Integer(required=True)
    hint = fields.String(
        required=True, allow_none=True, metadata={"description": "再有 2 位好友下单"}
    )
    given = fields.Integer(required=True, metadata={"description": "rewards that I have"})
    promised = fields.Integer(
        required=True, metadata={"description": "rewards that wait for invites to be qualified"}
    )
    refused = fields.Integer(
        required=True,
        metadata={"description": "no reward was left; tried again each day"},
    )


class LadderProgressSchema(Schema):
    """`waiting` invites count once their orders can't come back and they are checked."""

    campaign = fields.Nested(LadderSchema, required=True)
    invites = fields.Integer(required=True)
    qualified = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    invited = fields.Boolean(
        required=True, metadata={"description": "I was invited: the invitee's rungs are mine too"}
    )
    rungs = fields.List(fields.Nested(RungProgressSchema), required=True)


class InviteeRewardSchema(Schema):
    position = fields.Integer(required=True, metadata={"description": "of the rung"})
    name = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(REWARD_STATES))


class LadderInviteeSchema(Schema):
    """Somebody whom I invited. `reason` says why they don't count (yet), `until` when what is
    waited for ends at the earliest."""

    id = Id(required=True)
    name = fields.String(required=True, metadata={"description": "masked"})
    bound_at = fields.AwareDateTime(required=True)
    state = fields.String(required=True, validate=validate.OneOf(INVITEE_STATES))
    reason = fields.String(
        required=True, allow_none=True, validate=validate.OneOf((*REASONS, None))
    )
    reason_text = fields.String(required=True, allow_none=True)
    until = fields.AwareDateTime(required=True, allow_none=True)
    orders_settled = fields.Integer(required=True)
    orders_missing = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "orders to the next rung of `per_invitee`"},
    )
    rewards = fields.List(fields.Nested(InviteeRewardSchema), required=True)


LadderInviteePageSchema = page_schema(LadderInviteeSchema)
