"""Shapes of missions for shoppers."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.schemas import Id, Schema, Text
from mall.missions.board.listing import MAX_UNCLAIMED, STATES
from mall.missions.board.periods import PERIODS
from mall.rewards.schemas import RewardPartSchema


class MissionRewardSchema(Schema):
    name = fields.String(required=True)
    reward = fields.List(fields.Nested(RewardPartSchema), required=True)


class ShopperMissionSchema(Schema):
    """A mission in a period, as its shopper sees it."""

    id = Id(required=True)
    name = fields.String(required=True)
    text = fields.String(required=True)
    trigger = fields.String(required=True)
    measure = fields.String(
        required=True, metadata={"description": "what `target` counts: orders, fen, days, …"}
    )
    target = fields.Integer(required=True)
    counted = fields.Integer(required=True, metadata={"description": "at most the target"})
    missing = fields.Integer(required=True)
    hint = fields.String(
        required=True, allow_none=True, metadata={"description": "what is missing: 再下 1 单"}
    )
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    at_once = fields.Boolean(
        required=True, metadata={"description": "the reward needn't be claimed"}
    )
    requires_id = Id(required=True, allow_none=True)
    requires_name = fields.String(required=True, allow_none=True)
    rewards = fields.List(fields.Nested(MissionRewardSchema), required=True)
    refusal = fields.String(
        required=True, allow_none=True, metadata={"description": "why the reward wasn't given"}
    )
    period = fields.String(required=True, validate=validate.OneOf(PERIODS))
    period_key = fields.String(required=True, metadata={"description": "names it in a claim"})
    period_ends_at = fields.AwareDateTime(required=True, allow_none=True)
    ends_at = fields.AwareDateTime(required=True, allow_none=True)


class MissionBoardSchema(Schema):
    items = fields.List(fields.Nested(ShopperMissionSchema), required=True)
    unclaimed = fields.List(
        fields.Nested(ShopperMissionSchema),
        required=True,
        metadata={
            "description": "of earlier periods, with a reward that is to be claimed: the oldest"
            f" {MAX_UNCLAIMED}"
        },
    )


class ClaimInSchema(Schema):
    period_key = Text(
        at_least=1,
        at_most=40,
        load_default=None,
        allow_none=True,
        metadata={"description": "the present period by default"},
    )


class UnlockInSchema(Schema):
    code = Text(at_least=1, at_most=40, required=True)
