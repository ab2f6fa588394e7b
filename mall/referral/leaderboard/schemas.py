"""Shapes of leaderboards for shoppers."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.boards.ranking import MAX_AROUND
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, QueryInteger, QuerySchema, Schema
from mall.referral.leaderboard.models import PERIODS
from mall.referral.leaderboard.terms import STATES
from mall.referral.leaderboard.viewing import PERIOD_STATES
from mall.rewards.schemas import RewardPartSchema


class LeaderboardPrizeSchema(Schema):
    first_rank = fields.Integer(required=True)
    last_rank = fields.Integer(required=True)
    name = fields.String(required=True)
    reward = fields.List(fields.Nested(RewardPartSchema), required=True)


class LeaderboardSchema(Schema):
    """A leaderboard as shoppers see it."""

    id = Id(required=True)
    name = fields.String(required=True)
    text = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    period = fields.String(
        required=True,
        validate=validate.OneOf(PERIODS),
        metadata={"description": "one ranking for all of the time, or one a day, week or month"},
    )
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    rules = fields.List(fields.String(), required=True, metadata={"description": "in words"})
    prizes = fields.List(fields.Nested(LeaderboardPrizeSchema), required=True)


class LeaderboardListSchema(Schema):
    items = fields.List(fields.Nested(LeaderboardSchema), required=True)


class LeaderboardPeriodSchema(Schema):
    """A period. `counting`: over, and invites that came late are still counted."""

    id = Id(required=True, attribute="board_id")
    state = fields.String(required=True, validate=validate.OneOf(PERIOD_STATES))
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    closes_at = fields.AwareDateTime(
        required=True, metadata={"description": "when the ranks are frozen"}
    )
    size = fields.Integer(
        required=True, allow_none=True, metadata={"description": "how many ranks are frozen"}
    )
    digest = fields.String(
        required=True, allow_none=True, metadata={"description": "SHA-256 of the frozen ranks"}
    )


LeaderboardPeriodPageSchema = page_schema(LeaderboardPeriodSchema)


class LeaderboardRankSchema(Schema):
    rank = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "none where counting all who are ahead takes too long for now"},
    )
    name = fields.String(required=True, metadata={"description": "masked"})
    score = fields.Integer(required=True, metadata={"description": "qualified invites"})
    reached_at = fields.AwareDateTime(
        required=True, metadata={"description": "of one score the earlier is ahead"}
    )
    mine = fields.Boolean(required=True)
    prize = fields.String(
        required=True, allow_none=True, metadata={"description": "what the rank gets"}
    )


LeaderboardRankPageSchema = page_schema(LeaderboardRankSchema)


class LeaderboardRanksQuery(PageQuery):
    period_id = Id(metadata={"description": "the newest period by default"})


class LeaderboardStandingQuery(QuerySchema):
    period_id = Id(metadata={"description": "the newest period by default"})
    around = QueryInteger(
        at_least=0,
        at_most=MAX_AROUND,
        load_default=3,
        metadata={"description": "how many neighbours on each side"},
    )


class LeaderboardStandingSchema(Schema):
    """Where I stand. Without a rank: I have no invites, or `excluded`, or `ahead_at_least` so many
    are ahead of me."""

    period = fields.Nested(LeaderboardPeriodSchema, required=True)
    score = fields.Integer(required=True)
    rank = fields.Integer(required=True, allow_none=True)
    ahead_at_least = fields.Integer(required=True, allow_none=True)
    excluded = fields.Boolean(required=True)
    size = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "how many have a rank; none where it wasn't counted"},
    )
    around = fields.List(fields.Nested(LeaderboardRankSchema), required=True)
    prize = fields.String(
        required=True, allow_none=True, metadata={"description": "what my rank gets"}
    )
    award = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(("given", "refused", None)),
        metadata={"description": "of my prize, once the ranks are frozen"},
    )
