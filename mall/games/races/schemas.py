"""Shapes of races for shoppers."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.boards.ranking import MAX_AROUND
from mall.games.races.states import STATES
from mall.games.races.terms import SCORE_KINDS
from mall.kernel.http.paging import page_schema
from mall.kernel.http.schemas import Id, QueryInteger, QuerySchema, Schema, StrictBoolean, Text
from mall.rewards.schemas import RewardPartSchema

NAME_MAX = 12
CODE_MAX = 20


class RaceScoreSchema(Schema):
    """What scores how much. A mission without `mission_id`: each that isn't named itself."""

    kind = fields.String(required=True, validate=validate.OneOf(SCORE_KINDS))
    points = fields.Integer(required=True, metadata={"description": "for one, or for each yuan"})
    mission_id = Id(required=True, allow_none=True)
    name = fields.String(required=True, metadata={"description": "of the mission"})


class RacePrizeSchema(Schema):
    """What each member of the teams of these ranks gets."""

    first_rank = fields.Integer(required=True)
    last_rank = fields.Integer(required=True)
    name = fields.String(required=True)
    reward = fields.List(fields.Nested(RewardPartSchema), required=True)


class ListedRaceSchema(Schema):
    id = Id(required=True)
    name = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    joinable = fields.Boolean(
        required=True, metadata={"description": "teams may be made and joined now"}
    )
    paused = fields.Boolean(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)


ListedRacePageSchema = page_schema(ListedRaceSchema)


class RaceSchema(ListedRaceSchema):
    """All that is public of a race. `size` and `digest` are of the frozen ranks."""

    text = fields.String(required=True)
    rules = fields.List(fields.String(), required=True, metadata={"description": "in words"})
    team_size = fields.Integer(required=True)
    joins_until = fields.AwareDateTime(required=True)
    wait_h = fields.Integer(required=True)
    closes_at = fields.AwareDateTime(
        required=True, metadata={"description": "when the ranks are frozen"}
    )
    scores = fields.List(fields.Nested(RaceScoreSchema), required=True)
    prizes = fields.List(fields.Nested(RacePrizeSchema), required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    end_reason = fields.String(required=True)
    size = fields.Integer(required=True, allow_none=True)
    digest = fields.String(required=True, allow_none=True)


class RaceTeamInSchema(Schema):
    name = Text(at_least=1, at_most=NAME_MAX, required=True)
    matchable = StrictBoolean(
        load_default=True,
        metadata={"description": "shoppers without a code may be matched with the team"},
    )


class RaceJoinSchema(Schema):
    code = Text(at_least=1, at_most=CODE_MAX, required=True)


class ListedRaceTeamSchema(Schema):
    id = Id(required=True)
    name = fields.String(required=True)
    members = fields.Integer(required=True)
    size = fields.Integer(required=True)


class RaceInvitationSchema(ListedRaceTeamSchema):
    """The team that a code invites to."""

    captain = fields.String(required=True, metadata={"description": "masked"})


class RaceMemberSchema(Schema):
    name = fields.String(required=True, metadata={"description": "masked"})
    points = fields.Integer(required=True, metadata={"description": "scored for this team"})
    joined_at = fields.AwareDateTime(required=True)
    left = fields.Boolean(required=True)
    captain = fields.Boolean(required=True)
    mine = fields.Boolean(required=True)


class RaceTeamSchema(ListedRaceTeamSchema):
    """My team."""

    code = fields.String(required=True, metadata={"description": "the invitation"})
    matchable = fields.Boolean(required=True)
    score = fields.Integer(required=True)
    excluded_for = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "why the shop took the team off the ranks"},
    )
    of_members = fields.List(fields.Nested(RaceMemberSchema), required=True)


class RaceRankSchema(Schema):
    rank = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "none where counting all who are ahead takes too long for now"},
    )
    team_id = Id(required=True)
    name = fields.String(required=True)
    members = fields.Integer(required=True)
    score = fields.Integer(required=True)
    reached_at = fields.AwareDateTime(
        required=True, metadata={"description": "of one score the earlier is ahead"}
    )
    mine = fields.Boolean(required=True)
    prize = fields.String(
        required=True, allow_none=True, metadata={"description": "what the rank gets"}
    )


RaceRankPageSchema = page_schema(RaceRankSchema)


class RaceStandingQuery(QuerySchema):
    around = QueryInteger(
        at_least=0,
        at_most=MAX_AROUND,
        load_default=3,
        metadata={"description": "how many neighbours on each side"},
    )


class RaceStandingSchema(Schema):
    """Where my team stands. Without a rank: it has no score, or is `excluded`, or
    `ahead_at_least` so many are ahead."""

    score = fields.Integer(required=True)
    rank = fields.Integer(required=True, allow_none=True)
    ahead_at_least = fields.Integer(required=True, allow_none=True)
    excluded = fields.Boolean(required=True)
    size = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "how many have a rank; none where it wasn't counted"},
    )
    around = fields.List(fields.Nested(RaceRankSchema), required=True)
    prize = fields.String(required=True, allow_none=True)
    award = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(("given", "refused", None)),
        metadata={"description": "of my prize, once the ranks are frozen"},
    )
