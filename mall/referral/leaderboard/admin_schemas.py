"""Shapes of leaderboards for staff."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.compliance.schemas import ReviewedInput
from mall.kernel.http.paging import page_schema
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text, whole
from mall.kernel.http.times import Moment
from mall.referral.leaderboard.models import PERIODS
from mall.referral.leaderboard.schemas import (
    LeaderboardPeriodSchema,
    LeaderboardPrizeSchema,
    LeaderboardSchema,
)

MAX_PRIZES = 20
MAX_RANK = 1_000
MAX_WAIT_H = 720
MAX_VERSION = 1_000_000


class LeaderboardPrizeInSchema(Schema):
    first_rank = whole(1, MAX_RANK, required=True)
    last_rank = whole(1, MAX_RANK, required=True)
    rule_id = Id(
        required=True,
        metadata={"description": "reward rule; what it gives now is what is promised"},
    )


class LeaderboardTermsInSchema(ReviewedInput):
    name = Text(at_least=1, at_most=30, required=True)
    text = Text(at_most=300, load_default="")
    period = fields.String(required=True, validate=validate.OneOf(PERIODS))
    starts_at = Moment(
        load_default=None, allow_none=True, metadata={"description": "now by default"}
    )
    ends_at = Moment(ends=True, required=True)
    wait_h = whole(
        0,
        MAX_WAIT_H,
        load_default=24,
        metadata={"description": "hours from a period's end to the freezing, to look for cheaters"},
    )
    prizes = fields.List(
        fields.Nested(LeaderboardPrizeInSchema),
        load_default=list,
        validate=validate.Length(max=MAX_PRIZES),
    )

    @ma.validates_schema
    def _ranks_are_apart(self, data: dict[str, Any], **_: Any) -> None:
        last = 0
        for prize in sorted(data["prizes"], key=lambda one: one["first_rank"]):
            if not last < prize["first_rank"] <= prize["last_rank"]:
                raise ma.ValidationError("奖品的名次重叠或颠倒", "prizes")
            last = prize["last_rank"]


class LeaderboardInSchema(LeaderboardTermsInSchema):
    """A new leaderboard."""


class LeaderboardChangeSchema(LeaderboardTermsInSchema):
    replaces = whole(
        1, MAX_VERSION, required=True, metadata={"description": "the version that was seen"}
    )


class LeaderboardStopSchema(Schema):
    reason = Text(at_least=1, at_most=200, required=True)


class KeptLeaderboardPrizeSchema(LeaderboardPrizeSchema):
    rule_id = Id(required=True)


class KeptLeaderboardSchema(LeaderboardSchema):
    """A leaderboard, for staff."""

    prizes = fields.List(fields.Nested(KeptLeaderboardPrizeSchema), required=True)
    version = fields.Integer(required=True)
    wait_h = fields.Integer(required=True)
    stopped_at = fields.AwareDateTime(required=True, allow_none=True)
    stop_reason = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


KeptLeaderboardPageSchema = page_schema(KeptLeaderboardSchema)


class KeptLeaderboardPeriodSchema(LeaderboardPeriodSchema):
    awarded_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "when each prize was given or refused"},
    )


KeptLeaderboardPeriodPageSchema = page_schema(KeptLeaderboardPeriodSchema)


class KeptLeaderboardRankSchema(Schema):
    """One who has a rank, for staff."""

    rank = fields.Integer(required=True)
    user_id = Id(required=True)
    nickname = fields.String(required=True, allow_none=True)
    score = fields.Integer(required=True)
    reached_at = fields.AwareDateTime(required=True)


KeptLeaderboardRankPageSchema = page_schema(KeptLeaderboardRankSchema)


class LeaderboardExclusionSchema(Schema):
    excluded = StrictBoolean(
        required=True, metadata={"description": "off the ranks of this period, or back on them"}
    )
    reason = Text(at_least=1, at_most=200, required=True)


class LeaderboardAwardSchema(Schema):
    """How the prize of a rank went: the grant, or the code with which it was refused."""

    rank = fields.Integer(required=True)
    user_id = Id(required=True)
    grant_id = Id(required=True, allow_none=True)
    refusal = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


LeaderboardAwardPageSchema = page_schema(LeaderboardAwardSchema)


class LeaderboardAwardedSchema(Schema):
    given = fields.Integer(required=True, metadata={"description": "prizes given now"})
