"""Shapes of cash for likes for staff."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from mall.compliance.schemas import ReviewedInput
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text, whole
from mall.kernel.http.times import Moment
from mall.reviews.cashback.deciding import DECISIONS, REFUSE
from mall.reviews.cashback.models import STATUSES
from mall.reviews.cashback.schemas import CashbackCampaignSchema

MOST_LIKES, MOST_DAYS, MOST_PICTURES = 200, 30, 9
MAX_VERSION = 1_000_000
MAX_REASON = 200


class CashbackCampaignInput(ReviewedInput):
    """A campaign's terms. The amount is the one of the reward rule, which has the budget."""

    name = Text(at_least=1, at_most=60, required=True)
    text = Text(at_most=500, load_default="")
    rule_id = Id(
        required=True, metadata={"description": "gives one fixed amount of cash, budget in fen"}
    )
    likes_needed = whole(1, MOST_LIKES, required=True)
    days = whole(1, MOST_DAYS, required=True, metadata={"description": "that a show runs"})
    min_pictures = whole(1, MOST_PICTURES, load_default=1)
    starts_at = Moment(required=True)
    ends_at = Moment(ends=True, required=True)

    @validates_schema
    def _ordered(self, data: dict[str, Any], **_: Any) -> None:
        if data["ends_at"] <= data["starts_at"]:
            raise ValidationError("结束时间须晚于开始时间", "ends_at")


class CashbackCampaignChangeInput(CashbackCampaignInput):
    replaces = whole(
        1, MAX_VERSION, required=True, metadata={"description": "the version that was seen"}
    )


class CashbackEnabledInput(Schema):
    enabled = StrictBoolean(required=True)


class StaffCashbackCampaignSchema(CashbackCampaignSchema):
    """A campaign as staff see it."""

    rule_id = Id(required=True)
    enabled = fields.Boolean(required=True)
    version = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)


StaffCashbackCampaignPageSchema = page_schema(StaffCashbackCampaignSchema)


class CashbackShowQuery(PageQuery):
    campaign_id = Id()
    status = fields.String(validate=validate.OneOf(STATUSES))


class StaffCashbackShowSchema(Schema):
    """A show as staff see it: how far it is, and what speaks against its likes."""

    id = Id(required=True)
    campaign_id = Id(required=True)
    review_id = Id(required=True)
    user_id = Id(required=True)
    grant_id = Id(required=True, metadata={"description": "of `/admin/api/v1/reward-grants`"})
    amount_fen = fields.Integer(required=True)
    needed = fields.Integer(required=True)
    likes = fields.Integer(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    ends_at = fields.AwareDateTime(required=True)
    reached_at = fields.AwareDateTime(required=True, allow_none=True)
    hold_until = fields.AwareDateTime(required=True, allow_none=True)
    given_at = fields.AwareDateTime(required=True, allow_none=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)
    reason = fields.String(required=True)
    score = fields.Integer(required=True, metadata={"description": "0 to 100, after the hold"})
    reasons = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    scored_at = fields.AwareDateTime(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


StaffCashbackShowPageSchema = page_schema(StaffCashbackShowSchema)


class CashbackDecisionInput(Schema):
    """A refusal needs a reason, which the writer reads."""

    decision = fields.String(required=True, validate=validate.OneOf(DECISIONS))
    reason = Text(at_most=MAX_REASON, load_default="")

    @validates_schema
    def _reasoned(self, data: dict[str, Any], **_: Any) -> None:
        if data["decision"] == REFUSE and not data["reason"]:
            raise ValidationError("请填写原因", "reason")
