"""Shapes of ladders for staff."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.compliance.schemas import ReviewedInput
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, Text, whole
from mall.kernel.http.times import Moment
from mall.referral.ladders.models import INVITER, LADDER, MODES, SIDES
from mall.referral.ladders.schemas import LadderRungSchema, LadderTermsSchema
from mall.rewards.states import STATES

MAX_RUNGS = 12
MAX_THRESHOLD = 1_000
MAX_TIMES = 1_000
MAX_VERSION = 1_000_000
_PRESET_FIELDS = ("inviter_rule_id", "invitee_rule_id")


class LadderRungInSchema(Schema):
    """`inviter` counts qualified invitees; `per_invitee` and `invitee` count the settled orders of
    one invitee, and reward the inviter or the invitee."""

    side = fields.String(required=True, validate=validate.OneOf(SIDES))
    threshold = whole(1, MAX_THRESHOLD, required=True)
    times = whole(
        1,
        MAX_TIMES,
        load_default=1,
        metadata={"description": "of `inviter`: at each multiple of the threshold, so often"},
    )
    rule_id = Id(
        required=True,
        metadata={"description": "reward rule; what it gives now is kept with the version"},
    )

    @ma.validates_schema
    def _only_invitees_repeat(self, data: dict[str, Any], **_: Any) -> None:
        if data["times"] > 1 and data["side"] != INVITER:
            raise ma.ValidationError("只有按邀请人数的档位可以重复", "times")


class LadderTermsInSchema(ReviewedInput):
    """`ladder` has `rungs`. The presets `one_to_one` and `one_to_two` have two rules instead: the
    inviter is rewarded for every one, or two, qualified invitees, and each invitee for the first
    settled order."""

    name = Text(at_least=1, at_most=30, required=True)
    text = Text(at_most=300, load_default="")
    mode = fields.String(load_default=LADDER, validate=validate.OneOf(MODES))
    starts_at = Moment(
        load_default=None, allow_none=True, metadata={"description": "now by default"}
    )
    ends_at = Moment(ends=True, required=True)
    rungs = fields.List(
        fields.Nested(LadderRungInSchema),
        load_default=list,
        validate=validate.Length(max=MAX_RUNGS),
    )
    inviter_rule_id = Id(load_default=None, allow_none=True)
    invitee_rule_id = Id(load_default=None, allow_none=True)
    times = whole(
        1,
        MAX_TIMES,
        load_default=20,
        metadata={"description": "of a preset: how often the inviter is rewarded at most"},
    )

    @ma.validates_schema
    def _fits_the_mode(self, data: dict[str, Any], **_: Any) -> None:
        if data["mode"] == LADDER:
            if not data["rungs"]:
                raise ma.ValidationError("请填写档位", "rungs")
            for name in _PRESET_FIELDS:
                if data[name] is not None:
                    raise ma.ValidationError("阶梯活动按档位填写奖励规则", name)
        else:
            if data["rungs"]:
                raise ma.ValidationError("裂变活动不填写档位", "rungs")
            for name in _PRESET_FIELDS:
                if data[name] is None:
                    raise ma.ValidationError("请填写奖励规则", name)

    @ma.validates_schema
    def _rungs_differ(self, data: dict[str, Any], **_: Any) -> None:
        places = [(rung["side"], rung["threshold"]) for rung in data["rungs"]]
        if len(set(places)) != len(places):
            raise ma.ValidationError("同一对象的档位重复", "rungs")


class LadderInSchema(LadderTermsInSchema):
    """A new campaign."""


class LadderChangeSchema(LadderTermsInSchema):
    replaces = whole(
        1, MAX_VERSION, required=True, metadata={"description": "the version that was seen"}
    )


class LadderStopSchema(Schema):
    reason = Text(at_least=1, at_most=200, required=True)


class KeptLadderRungSchema(LadderRungSchema):
    rule_id = Id(required=True)


class LadderCampaignSchema(LadderTermsSchema):
    """A version of a campaign, for staff."""

    rungs = fields.List(fields.Nested(KeptLadderRungSchema), required=True)
    version = fields.Integer(required=True)
    mode = fields.String(required=True, validate=validate.OneOf(MODES))
    stopped_at = fields.AwareDateTime(required=True, allow_none=True)
    stop_reason = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


LadderCampaignPageSchema = page_schema(LadderCampaignSchema)


class LadderGrantQuery(PageQuery):
    """Of a campaign, of a shopper; only those that a rule refused."""

    campaign_id = Id()
    user_id = Id()
    refused = fields.Boolean(load_default=False, truthy={"true"}, falsy={"false"})


class LadderGrantSchema(Schema):
    """That a shopper came to a step: `status` of the newest reward, which `reward-grants` shows."""

    id = Id(required=True)
    campaign_id = Id(required=True)
    version = fields.Integer(required=True)
    position = fields.Integer(required=True)
    step = fields.Integer(required=True)
    side = fields.String(required=True, validate=validate.OneOf(SIDES))
    needed = fields.Integer(required=True, metadata={"description": "invites or orders"})
    name = fields.String(required=True)
    rule_id = Id(required=True)
    user_id = Id(required=True, metadata={"description": "who is rewarded"})
    invite_id = Id(required=True, allow_none=True)
    grant_id = Id(required=True, allow_none=True)
    status = fields.String(required=True, allow_none=True, validate=validate.OneOf(STATES))
    attempts = fields.Integer(
        required=True, metadata={"description": "what went back may be earned again"}
    )
    refusal = fields.String(
        required=True, allow_none=True, metadata={"description": "why the rule gave nothing"}
    )
    created_at = fields.AwareDateTime(required=True)


LadderGrantPageSchema = page_schema(LadderGrantSchema)


class LadderFiguresSchema(Schema):
    steps = fields.Integer(required=True)
    shoppers = fields.Integer(required=True)
    pending = fields.Integer(required=True)
    granted = fields.Integer(required=True)
    reversed = fields.Integer(required=True)
    canceled = fields.Integer(required=True)
    refused = fields.Integer(required=True)
