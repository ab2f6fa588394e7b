"""Shapes of ladders for shoppers."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.schemas import Id, Schema
from mall.referral.ladders.campaigns import STATES
from mall.referral.ladders.models import SIDES
from mall.rewards.schemas import RewardPartSchema


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
