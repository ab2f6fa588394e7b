"""Shapes of seasons for staff."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.compliance.schemas import ReviewedInput
from mall.games.pets.rules import FLOORS, KINDS, PET, TO_STAGE
from mall.games.pets.states import STATES
from mall.kernel.http.addresses import PictureAddress
from mall.kernel.http.paging import page_schema
from mall.kernel.http.schemas import (
    Id,
    QueryInteger,
    QuerySchema,
    Schema,
    StrictBoolean,
    Text,
    fen,
    whole,
)
from mall.kernel.http.times import Moment

MAX_GROWTH = 10_000
MAX_THRESHOLD = 10_000_000
MAX_STAGES = 12
MAX_DAILY = 1_000
MAX_FRIENDS = 100
MAX_GRACE = 30
MAX_PLACES = 100_000_000
MAX_REVISION = 1_000_000
MAX_SHOPPERS = 1_000_000_000
REASON_MAX = 200


class PetStageInSchema(Schema):
    """A stage: what reaches it, how it looks, and under which rule it is rewarded."""

    name = Text(at_least=1, at_most=20, required=True)
    threshold = whole(0, MAX_THRESHOLD, required=True)
    picture = PictureAddress(load_default="")
    worth_fen = fen(load_default=0, metadata={"description": "market price of the reward"})
    rule_id = Id(load_default=None, allow_none=True)


class PetSeasonTerms(Schema):
    """All that staff set of a season."""

    kind = fields.String(load_default=PET, validate=validate.OneOf(KINDS))
    name = Text(at_least=1, at_most=40, required=True)
    text = Text(at_least=1, at_most=5_000, required=True, metadata={"description": "the rules"})
    starts_at = Moment(required=True)
    ends_at = Moment(required=True, ends=True)
    feed_growth = whole(1, MAX_GROWTH, required=True, metadata={"description": "of one portion"})
    daily_portions = whole(1, MAX_DAILY, load_default=None, allow_none=True)
    water_growth = whole(0, MAX_GROWTH, load_default=0)
    friend_growth = whole(0, MAX_GROWTH, load_default=0)
    friend_waterings = whole(0, MAX_FRIENDS, load_default=0)
    decay = whole(0, MAX_GROWTH, load_default=0)
    grace_days = whole(0, MAX_GRACE, load_default=0)
    floor = fields.String(load_default=TO_STAGE, validate=validate.OneOf(FLOORS))
    places = whole(1, MAX_PLACES, load_default=None, allow_none=True)
    stages = fields.List(
        fields.Nested(PetStageInSchema),
        required=True,
        validate=validate.Length(min=2, max=MAX_STAGES),
    )


class PetSeasonInSchema(PetSeasonTerms):
    """A new draft."""


class PetSeasonDraftInSchema(PetSeasonTerms):
    replaces = whole(1, MAX_REVISION, required=True)


class PetSeasonVersionInSchema(PetSeasonTerms, ReviewedInput):
    """Better rules for a published season."""

    replaces = whole(1, MAX_REVISION, required=True)


class PetSeasonPublicationSchema(ReviewedInput):
    replaces = whole(
        1, MAX_REVISION, required=True, metadata={"description": "the revision that was read"}
    )


class PetSeasonPauseSchema(Schema):
    paused = StrictBoolean(required=True)


class PetSeasonEndSchema(Schema):
    reason = Text(at_least=1, at_most=REASON_MAX, required=True, metadata={"description": "public"})


class StaffListedPetSeasonSchema(Schema):
    id = Id(required=True)
    name = fields.String(required=True)
    version = fields.Integer(required=True)
    revision = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    starts_at = fields.AwareDateTime(required=True, allow_none=True)
    ends_at = fields.AwareDateTime(required=True, allow_none=True)
    adopted = fields.Integer(required=True)


StaffListedPetSeasonPageSchema = page_schema(StaffListedPetSeasonSchema)


class PetSeasonVersionSchema(Schema):
    version = fields.Integer(required=True)
    costs_fen = fields.List(
        fields.Integer(), required=True, metadata={"description": "of each stage, to the shop"}
    )
    created_at = fields.AwareDateTime(required=True)


class StaffPetSeasonSchema(StaffListedPetSeasonSchema):
    """A season for staff: its terms, and how it stands."""

    terms = fields.Nested(PetSeasonTerms, required=True)
    paused = fields.Boolean(required=True)
    published_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    end_reason = fields.String(required=True)
    versions = fields.List(fields.Nested(PetSeasonVersionSchema), required=True)


class PetPreviewQuery(QuerySchema):
    """How many shoppers, and what the average one of them does."""

    shoppers = QueryInteger(
        at_least=1,
        at_most=MAX_SHOPPERS,
        load_default=1_000,
        metadata={"description": "at most all places are taken"},
    )
    days = QueryInteger(
        at_least=0, at_most=400, load_default=10, metadata={"description": "days with care"}
    )
    portions = QueryInteger(
        at_least=0, at_most=MAX_DAILY, load_default=1, metadata={"description": "on each of them"}
    )
    friends = QueryInteger(
        at_least=0,
        at_most=MAX_FRIENDS,
        load_default=0,
        metadata={"description": "who water, on each of them"},
    )


class PetPreviewSchema(Schema):
    """What so many shoppers may cost, in fen."""

    shoppers = fields.Integer(required=True)
    days = fields.Integer(required=True, metadata={"description": "of the season"})
    reached = fields.Integer(
        required=True, metadata={"description": "the stage that the average shopper reaches"}
    )
    reachable = fields.Integer(
        required=True, metadata={"description": "the highest that the daily caps allow"}
    )
    expected_fen = fields.Integer(required=True)
    worst_fen = fields.Integer(required=True)


class PetStageFigureSchema(Schema):
    stage = fields.Integer(required=True)
    name = fields.String(required=True)
    pets = fields.Integer(required=True, metadata={"description": "that reached it and no more"})
    given = fields.Integer(required=True, metadata={"description": "rewards that shoppers have"})
    taken_back = fields.Integer(required=True)
    refused = fields.Integer(required=True, metadata={"description": "not given so far"})
    cost_fen = fields.Integer(required=True)


class PetFiguresSchema(Schema):
    """How a season does."""

    pets = fields.Integer(required=True)
    feeds = fields.Integer(required=True, metadata={"description": "portions"})
    waters = fields.Integer(required=True)
    friends = fields.Integer(required=True, metadata={"description": "waterings of friends"})
    reversals = fields.Integer(
        required=True, metadata={"description": "portions taken out of history"}
    )
    cost_fen = fields.Integer(required=True)
    stages = fields.List(fields.Nested(PetStageFigureSchema), required=True)


class RefusedStageSchema(Schema):
    """A reward of a stage that could not be given so far."""

    pet_id = Id(required=True)
    stage = fields.Integer(required=True)
    user_id = Id(required=True)
    refusal = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)


RefusedStagePageSchema = page_schema(RefusedStageSchema)
