"""Shapes of pets for shoppers and for everybody."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.games.pets.growing import ENTRY_KINDS
from mall.games.pets.portions import MAX_COUNT
from mall.games.pets.rules import FLOORS, KINDS
from mall.games.pets.states import STATES
from mall.kernel.http.addresses import PictureAddress
from mall.kernel.http.paging import page_schema
from mall.kernel.http.schemas import Id, Schema, Text, whole

NAME_MAX = 12


class PetRewardPartSchema(Schema):
    kind = fields.String(required=True)
    what = fields.String(required=True)
    count = fields.Integer(required=True)


class PetStageSchema(Schema):
    """A stage, and what reaching it brings."""

    name = fields.String(required=True)
    threshold = fields.Integer(required=True, metadata={"description": "growth that reaches it"})
    worth_fen = fields.Integer(required=True)
    picture = PictureAddress(required=True)
    reward = fields.List(fields.Nested(PetRewardPartSchema), required=True)


class PetSeasonSchema(Schema):
    """What is public of a season, from its publishing on."""

    id = Id(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    name = fields.String(required=True)
    text = fields.String(required=True)
    version = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    feed_growth = fields.Integer(required=True, metadata={"description": "of one portion"})
    daily_portions = fields.Integer(required=True, allow_none=True)
    water_growth = fields.Integer(required=True, metadata={"description": "of the own care"})
    friend_growth = fields.Integer(required=True)
    friend_waterings = fields.Integer(
        required=True, metadata={"description": "of all friends, on a day"}
    )
    decay = fields.Integer(required=True, metadata={"description": "lost a day without care"})
    grace_days = fields.Integer(
        required=True, metadata={"description": "days without care before anything decays"}
    )
    floor = fields.String(
        required=True,
        validate=validate.OneOf(FLOORS),
        metadata={"description": "growth decays to the stage that was reached, or to nothing"},
    )
    places = fields.Integer(required=True, allow_none=True)
    adopted = fields.Integer(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    end_reason = fields.String(required=True)
    stages = fields.List(fields.Nested(PetStageSchema), required=True)


class PetSeasonListSchema(Schema):
    items = fields.List(fields.Nested(PetSeasonSchema), required=True)


class PetNameSchema(Schema):
    name = Text(at_least=1, at_most=NAME_MAX, required=True)


class FeedingSchema(Schema):
    portions = whole(1, MAX_COUNT, required=True)


class PetStageRewardSchema(Schema):
    """How giving the reward of a stage went."""

    stage = fields.Integer(required=True)
    status = fields.String(
        required=True, allow_none=True, metadata={"description": "granted, or reversed"}
    )
    refusal = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "why it is not given yet; it is tried again, but for `pet_reward_owed`"
        },
    )


class ShownPetSchema(Schema):
    """A pet as it stands now. Stages are places in the season's list, from 0."""

    id = Id(required=True)
    season_id = Id(required=True)
    name = fields.String(required=True)
    adopted_on = fields.Date(required=True)
    growth = fields.Integer(required=True)
    stage = fields.Integer(required=True)
    reached = fields.Integer(required=True, metadata={"description": "the highest stage ever"})
    stage_name = fields.String(required=True)
    picture = PictureAddress(required=True)
    next_threshold = fields.Integer(required=True, allow_none=True)
    cared_today = fields.Boolean(required=True)
    watered_by_friends_today = fields.Integer(required=True)


class PetSchema(ShownPetSchema):
    """The shopper's own pet."""

    feed_left = fields.Integer(required=True, metadata={"description": "portions"})
    fed_today = fields.Integer(required=True, metadata={"description": "portions"})
    careless_days = fields.Integer(
        required=True, metadata={"description": "whole days without care in a row, until today"}
    )
    decays_tomorrow = fields.Integer(
        required=True, metadata={"description": "growth lost at midnight if nobody cares today"}
    )
    rewards = fields.List(fields.Nested(PetStageRewardSchema), required=True)


class FriendsPetSchema(ShownPetSchema):
    """A friend's pet."""

    owner = fields.String(required=True, metadata={"description": "masked"})
    watered_by_me_today = fields.Boolean(required=True)


class PetEntrySchema(Schema):
    """A line of the ledger. A `reversal` takes portions out of history that were fed before."""

    kind = fields.String(required=True, validate=validate.OneOf(ENTRY_KINDS))
    day = fields.Date(required=True)
    portions = fields.Integer(required=True, metadata={"description": "1 for a watering"})
    friend = fields.String(
        required=True, allow_none=True, metadata={"description": "who watered, masked"}
    )
    created_at = fields.AwareDateTime(required=True)


PetEntryPageSchema = page_schema(PetEntrySchema)
