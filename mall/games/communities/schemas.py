"""Shapes of communities for their members, and of what hidden coupons give."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.games.communities.kinds import KINDS
from mall.games.communities.states import STATES
from mall.kernel.http.schemas import Id, Schema, Text

PHRASE_MIN, PHRASE_MAX = 6, 40


class PhraseInSchema(Schema):
    phrase = Text(at_least=1, at_most=PHRASE_MAX, required=True)


class GamePartSchema(Schema):
    """A part of a reward, as reward rules have it."""

    kind = fields.String(required=True)
    what = fields.String(required=True)
    count = fields.Integer(required=True)


class ClaimedHiddenCouponSchema(Schema):
    id = Id(required=True)
    name = fields.String(required=True)
    reward = fields.List(fields.Nested(GamePartSchema), required=True)
    claimed_at = fields.AwareDateTime(required=True)


class CommunityCodeInSchema(Schema):
    code = Text(at_least=1, at_most=40, required=True)


class MyCommunitySchema(Schema):
    id = Id(required=True)
    name = fields.String(required=True)
    joined_at = fields.AwareDateTime(required=True)


class MyCommunitiesSchema(Schema):
    items = fields.List(fields.Nested(MyCommunitySchema), required=True)


class CommunityMissionSchema(Schema):
    """A mission as a member sees it; `mine` is what I counted, `total` what all did."""

    id = Id(required=True)
    name = fields.String(required=True)
    rules = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    counts = fields.String(required=True, validate=validate.OneOf(tuple(KINDS)))
    target = fields.Integer(required=True)
    total = fields.Integer(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    reached_at = fields.AwareDateTime(required=True, allow_none=True)
    end_reason = fields.String(required=True)
    reward = fields.List(fields.Nested(GamePartSchema), required=True)
    mine = fields.Integer(required=True)
    rewarded = fields.Boolean(required=True, metadata={"description": "I have got the reward"})


class CommunityMissionsSchema(Schema):
    items = fields.List(fields.Nested(CommunityMissionSchema), required=True)
