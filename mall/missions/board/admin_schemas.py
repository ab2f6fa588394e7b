"""Shapes of missions for staff."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.compliance.schemas import ReviewedInput
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text, whole
from mall.kernel.http.times import Moment
from mall.kernel.money import MAX_FEN
from mall.missions.board.periods import PERIODS
from mall.missions.board.schemas import MissionRewardSchema

MAX_RULES = 5
MAX_BOUNDS = 5
MAX_VERSION = 1_000_000
MAX_PLACES = 1_000_000
FACTS = 100
"""Facts that one progress shows."""


class BoundSchema(Schema):
    """A figure of the shopper lies between these."""

    figure = Text(at_least=1, at_most=60, required=True)
    at_least = whole(0, MAX_FEN, load_default=None, allow_none=True)
    at_most = whole(0, MAX_FEN, load_default=None, allow_none=True)

    @ma.validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        least, most = data["at_least"], data["at_most"]
        if least is None and most is None:
            raise ma.ValidationError("请填写下限或上限", "at_least")
        if least is not None and most is not None and least > most:
            raise ma.ValidationError("下限不能大于上限", "at_most")


class MissionTermsSchema(ReviewedInput):
    name = Text(at_least=1, at_most=30, required=True)
    text = Text(at_most=300, load_default="")
    trigger = Text(at_least=1, at_most=60, required=True)
    measure = Text(at_least=1, at_most=30, required=True)
    filters = fields.Dict(
        keys=Text(at_least=0, at_most=30),
        load_default=dict,
        metadata={"description": "values by the trigger's filters; see mission-triggers"},
    )
    target = whole(1, MAX_FEN, required=True)
    period = fields.String(required=True, validate=validate.OneOf(PERIODS))
    starts_at = Moment(load_default=None, allow_none=True)
    ends_at = Moment(ends=True, load_default=None, allow_none=True)
    requires_id = Id(
        load_default=None,
        allow_none=True,
        metadata={"description": "the mission whose completion opens this one"},
    )
    rule_ids = fields.List(
        Id(),
        required=True,
        validate=validate.Length(min=1, max=MAX_RULES),
        metadata={"description": "reward rules; what they give now is kept with the version"},
    )
    at_once = StrictBoolean(
        load_default=False, metadata={"description": "given without being claimed"}
    )
    audience = fields.List(
        fields.Nested(BoundSchema),
        load_default=list,
        validate=validate.Length(max=MAX_BOUNDS),
        metadata={"description": "all of these are true of the shopper; none is everybody"},
    )
    hidden = StrictBoolean(
        load_default=False, metadata={"description": "opened by a code that staff post"}
    )
    position = whole(0, 9_999, load_default=0)

    @ma.validates_schema
    def _rules_differ(self, data: dict[str, Any], **_: Any) -> None:
        if len(set(data["rule_ids"])) != len(data["rule_ids"]):
            raise ma.ValidationError("奖励规则重复", "rule_ids")


class MissionInSchema(MissionTermsSchema):
    enabled = StrictBoolean(load_default=True)


class MissionChangeSchema(MissionTermsSchema):
    replaces = whole(
        1, MAX_VERSION, required=True, metadata={"description": "the version that was seen"}
    )


class MissionEnabledSchema(Schema):
    enabled = StrictBoolean(required=True)


class KeptMissionRewardSchema(MissionRewardSchema):
    rule_id = fields.String(required=True)


class MissionSchema(Schema):
    """A version of a mission, and whether the mission is enabled."""

    id = Id(required=True)
    version = fields.Integer(required=True)
    name = fields.String(required=True)
    text = fields.String(required=True)
    trigger = fields.String(required=True)
    measure = fields.String(required=True)
    filters = fields.Dict(keys=fields.String(), required=True)
    target = fields.Integer(required=True)
    period = fields.String(required=True, validate=validate.OneOf(PERIODS))
    starts_at = fields.AwareDateTime(required=True, allow_none=True)
    ends_at = fields.AwareDateTime(required=True, allow_none=True)
    requires_id = Id(required=True, allow_none=True)
    rewards = fields.List(fields.Nested(KeptMissionRewardSchema), required=True)
    at_once = fields.Boolean(required=True)
    audience = fields.List(fields.Nested(BoundSchema), required=True)
    hidden = fields.Boolean(required=True)
    position = fields.Integer(required=True)
    enabled = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)


MissionPageSchema = page_schema(MissionSchema)


class MissionFiguresSchema(Schema):
    begun = fields.Integer(required=True, metadata={"description": "shoppers and periods"})
    shoppers = fields.Integer(required=True)
    completed = fields.Integer(required=True)
    rewarded = fields.Integer(required=True)
    promised = fields.Integer(required=True)
    unclaimed = fields.Integer(required=True)
    refused = fields.Integer(required=True)
    unlocks = fields.Integer(required=True)


class MissionProgressSchema(Schema):
    id = Id(required=True)
    user_id = Id(required=True)
    mission_id = Id(required=True)
    version = fields.Integer(required=True)
    period = fields.String(required=True)
    target = fields.Integer(required=True)
    counted = fields.Integer(required=True)
    firm = fields.Integer(required=True, metadata={"description": "of it what can't go any more"})
    completed_at = fields.AwareDateTime(required=True, allow_none=True)
    completions = fields.Integer(required=True)
    rewarded_at = fields.AwareDateTime(required=True, allow_none=True)
    pending = fields.Boolean(required=True)
    refusal = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


MissionProgressPageSchema = page_schema(MissionProgressSchema)


class MissionFactSchema(Schema):
    key = fields.String(required=True)
    worth = fields.Integer(required=True)
    firm = fields.Boolean(required=True)
    day = fields.Date(required=True)
    at = fields.AwareDateTime(required=True)


class MissionProgressWithFactsSchema(MissionProgressSchema):
    facts = fields.List(
        fields.Nested(MissionFactSchema),
        required=True,
        metadata={"description": f"the newest {FACTS}"},
    )


class MissionProgressQuery(PageQuery):
    """Of a shopper, of a mission, or both."""

    user_id = Id()
    mission_id = Id()
    completed = fields.Boolean(truthy={"true"}, falsy={"false"})


class MissionCodeInSchema(Schema):
    places = whole(1, MAX_PLACES, required=True)
    expires_at = Moment(ends=True, required=True)
    note = Text(at_most=60, load_default="")


class MissionCodeSchema(Schema):
    id = Id(required=True)
    mission_id = Id(required=True)
    code = fields.String(required=True)
    note = fields.String(required=True)
    places = fields.Integer(required=True)
    used = fields.Integer(required=True)
    expires_at = fields.AwareDateTime(required=True)
    revoked_at = fields.AwareDateTime(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


MissionCodePageSchema = page_schema(MissionCodeSchema)


class MissionMeasureSchema(Schema):
    name = fields.String(required=True)
    label = fields.String(required=True)
    counting = fields.String(required=True)


class MissionFilterSchema(Schema):
    name = fields.String(required=True)
    label = fields.String(required=True)


class MissionTriggerSchema(Schema):
    name = fields.String(required=True)
    label = fields.String(required=True)
    measures = fields.List(fields.Nested(MissionMeasureSchema), required=True)
    filters = fields.List(fields.Nested(MissionFilterSchema), required=True)
    revocable = fields.Boolean(
        required=True, metadata={"description": "what it counts may go again (a refund)"}
    )


class MissionVocabularySchema(Schema):
    triggers = fields.List(fields.Nested(MissionTriggerSchema), required=True)
    figures = fields.List(fields.String(), required=True, metadata={"description": "for audiences"})
