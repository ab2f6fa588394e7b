"""Shapes of what a leader brought."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.groupbuy.bringing.queries import STATES
from mall.kernel.http.paging import page_schema
from mall.kernel.http.schemas import Id, Schema
from mall.rewards.schemas import RewardPartSchema


class BroughtSchema(Schema):
    id = Id(required=True)
    team_code = fields.String(required=True)
    goods = fields.String(required=True)
    state = fields.String(
        required=True,
        validate=validate.OneOf(STATES),
        metadata={
            "description": "`promised` until the order can't come back, then `given`; `gone`: it"
            " came back; `nothing`: no reward was left"
        },
    )
    reward = fields.List(
        fields.Nested(RewardPartSchema),
        required=True,
        metadata={"description": "what is promised or was given, less what came back"},
    )
    created_at = fields.AwareDateTime(required=True)


BroughtPageSchema = page_schema(BroughtSchema)
