"""Shapes of races for staff."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.compliance.schemas import ReviewedInput
from mall.games.races.schemas import (
    ListedRaceSchema,
    ListedRaceTeamSchema,
    RacePrizeSchema,
    RaceScoreSchema,
)
from mall.games.races.terms import MISSION, SCORE_KINDS
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import (
    Id,
    QueryInteger,
    QuerySchema,
    Schema,
    StrictBoolean,
    Text,
    whole,
)
from mall.kernel.http.times import Moment

MAX_TEAM = 50
MAX_TEAMS = 1_000_000
MAX_PRIZES = 20
MAX_RANK = 1_000
MAX_SCORES = 20
MAX_POINTS = 10_000
MAX_WAIT_H = 1_440
MAX_REVISION = 1_000_000
REASON_MAX = 200


class RaceScoreInSchema(Schema):
    kind = fields.String(required=True, validate=validate.OneOf(SCORE_KINDS))
    points = whole(1, MAX_POINTS, required=True)
    mission_id = Id(
        load_default=None,
        allow_none=True,
        metadata={"description": "one mission; without it each mission that has no own line"},
    )


class RacePrizeInSchema(Schema):
    first_rank = whole(1, MAX_RANK, required=True)
    last_rank = whole(1, MAX_RANK, required=True)
    rule_id = Id(
        required=True,
        metadata={"description": "reward rule; what it gives at publishing is what is promised"},
    )


class RaceTerms(Schema):
    """All that staff set of a race."""

    name = Text(at_least=1, at_most=30, required=True)
    text = Text(at_least=1, at_most=5_000, required=True, metadata={"description": "the rules"})
    starts_at = Moment(required=True)
    ends_at = Moment(required=True, ends=True)
    joins_until = Moment(
        required=True,
        ends=True,
        metadata={"description": "until when teams are made, joined and left"},
    )
    team_size = whole(2, MAX_TEAM, required=True)
    wait_h = whole(
        1,
        MAX_WAIT_H,
        load_default=360,
        metadata={"description": "hours from the end to the freezing: refunds are waited for"},
    )
    scores = fields.List(
        fields.Nested(RaceScoreInSchema),
        required=True,
        validate=validate.Length(min=1, max=MAX_SCORES),
    )
    prizes = fields.List(
        fields.Nested(RacePrizeInSchema),
        required=True,
        validate=validate.Length(min=1, max=MAX_PRIZES),
    )

    @ma.validates_schema
    def _ranks_are_apart(self, data: dict[str, Any], **_: Any) -> None:
        last = 0
        for prize in sorted(data["prizes"], key=lambda one: one["first_rank"]):
            if not last < prize["first_rank"] <= prize["last_rank"]:
                raise ma.ValidationError("奖品的名次重叠或颠倒", "prizes")
            last = prize["last_rank"]

    @ma.validates_schema
    def _scores_are_apart(self, data: dict[str, Any], **_: Any) -> None:
        if any(one["mission_id"] and one["kind"] != MISSION for one in data["scores"]):
            raise ma.ValidationError("只有任务计分可以指定任务", "scores")
        keys = [(one["kind"], one["mission_id"]) for one in data["scores"]]
        if len(set(keys)) < len(keys):
            raise ma.ValidationError("计分方式重复", "scores")


class RaceInSchema(RaceTerms):
    """A new draft."""


class RaceDraftInSchema(RaceTerms):
    replaces = whole(1, MAX_REVISION, required=True)


class RacePublicationSchema(ReviewedInput):
    replaces = whole(
        1, MAX_REVISION, required=True, metadata={"description": "the revision that was read"}
    )


class RacePauseSchema(Schema):
    paused = StrictBoolean(required=True)


class RaceEndSchema(Schema):
    reason = Text(at_least=1, at_most=REASON_MAX, required=True, metadata={"description": "public"})


class StaffListedRaceSchema(ListedRaceSchema):
    revision = fields.Integer(required=True)


StaffListedRacePageSchema = page_schema(StaffListedRaceSchema)


class StaffRacePrizeSchema(RacePrizeSchema):
    rule_id = Id(required=True)


class RaceTermsSchema(Schema):
    name = fields.String(required=True)
    text = fields.String(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    joins_until = fields.AwareDateTime(required=True)
    team_size = fields.Integer(required=True)
    wait_h = fields.Integer(required=True)
    scores = fields.List(fields.Nested(RaceScoreSchema), required=True)
    prizes = fields.List(fields.Nested(StaffRacePrizeSchema), required=True)


class StaffRaceSchema(StaffListedRaceSchema):
    """A race for staff. What is of the board is empty for a draft."""

    terms = fields.Nested(RaceTermsSchema, required=True)
    published_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    end_reason = fields.String(required=True)
    board_id = Id(required=True, allow_none=True)
    closes_at = fields.AwareDateTime(required=True, allow_none=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)
    awarded_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "when each prize was given or refused"},
    )
    size = fields.Integer(required=True, allow_none=True)
    digest = fields.String(required=True, allow_none=True)


class RacePrizeCostSchema(Schema):
    name = fields.String(required=True)
    first_rank = fields.Integer(required=True)
    last_rank = fields.Integer(required=True)
    shoppers = fields.Integer(required=True, metadata={"description": "who get it, at most"})
    one_fen = fields.Integer(required=True, allow_none=True)
    expected_fen = fields.Integer(required=True, allow_none=True)
    worst_fen = fields.Integer(required=True, allow_none=True)


class RacePreviewQuery(QuerySchema):
    """How many teams will score, and how many members each has."""

    teams = QueryInteger(
        at_least=0,
        at_most=MAX_TEAMS,
        load_default=None,
        allow_none=True,
        metadata={"description": "as many as get a prize by default"},
    )
    members = QueryInteger(
        at_least=1,
        at_most=MAX_TEAM,
        load_default=None,
        allow_none=True,
        metadata={"description": "full teams by default"},
    )


class RacePreviewSchema(Schema):
    """What the prizes cost, expected and at worst: each rank taken by a full team. None without a
    price."""

    prizes = fields.List(fields.Nested(RacePrizeCostSchema), required=True)
    expected_fen = fields.Integer(required=True, allow_none=True)
    worst_fen = fields.Integer(required=True, allow_none=True)


class RaceScoreFigureSchema(Schema):
    kind = fields.String(required=True, validate=validate.OneOf(SCORE_KINDS))
    entries = fields.Integer(required=True, metadata={"description": "that count"})
    points = fields.Integer(required=True)
    late = fields.Integer(
        required=True, metadata={"description": "changed after the ranks were frozen"}
    )


class RaceFiguresSchema(Schema):
    teams = fields.Integer(required=True, metadata={"description": "with somebody in them"})
    dissolved = fields.Integer(required=True)
    full = fields.Integer(required=True)
    members = fields.Integer(required=True)
    shoppers = fields.Integer(required=True, metadata={"description": "who are or were in a team"})
    ranked = fields.Integer(required=True)
    excluded = fields.Integer(required=True)
    scores = fields.List(fields.Nested(RaceScoreFigureSchema), required=True)
    given = fields.Integer(required=True, metadata={"description": "prizes, by shopper"})
    refused = fields.Integer(required=True)
    cost_fen = fields.Integer(
        required=True, metadata={"description": "of given prizes, where their rules count in fen"}
    )
    worst_fen = fields.Integer(required=True, allow_none=True)


class StaffRaceTeamSchema(ListedRaceTeamSchema):
    captain_id = Id(required=True)
    code = fields.String(required=True)
    matchable = fields.Boolean(required=True)
    score = fields.Integer(required=True)
    excluded_for = fields.String(required=True, allow_none=True)
    dissolved_at = fields.AwareDateTime(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


StaffRaceTeamPageSchema = page_schema(StaffRaceTeamSchema)


class RaceExclusionSchema(Schema):
    excluded = StrictBoolean(
        required=True, metadata={"description": "off the ranks, or back on them"}
    )
    reason = Text(
        at_least=1,
        at_most=REASON_MAX,
        required=True,
        metadata={"description": "the team reads it"},
    )


class RaceEntryQuery(PageQuery):
    team_id = Id()
    late = fields.Boolean(
        load_default=False,
        metadata={"description": "only what changed after the ranks were frozen"},
    )


class RaceEntrySchema(Schema):
    """`late_points`: what it would score now, where that changed after the freezing."""

    id = Id(required=True)
    team_id = Id(required=True)
    user_id = Id(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(SCORE_KINDS))
    source = fields.String(required=True)
    points = fields.Integer(required=True)
    late_points = fields.Integer(required=True, allow_none=True)
    at = fields.AwareDateTime(required=True)


RaceEntryPageSchema = page_schema(RaceEntrySchema)


class RaceAwardSchema(Schema):
    """How the prize of a rank went, for one member: the grant, or the code of the refusal."""

    rank = fields.Integer(required=True)
    user_id = Id(required=True)
    grant_id = Id(required=True, allow_none=True)
    refusal = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


RaceAwardPageSchema = page_schema(RaceAwardSchema)


class RaceAwardedSchema(Schema):
    given = fields.Integer(required=True, metadata={"description": "prizes given now"})
