"""Shapes of lock-ups. All amounts are points."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.compliance.schemas import ReviewedInput
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text, whole
from mall.kernel.http.times import Moment
from mall.points.lockups.models import STATUSES, WHOLE_BP
from mall.points.settings import MAX_POINTS

MAX_DAYS = 365
MAX_LOCKS = 100


class LockupOfferInput(ReviewedInput):
    """An offer of staff."""

    name = Text(at_least=1, at_most=30, required=True)
    description = Text(at_most=500, load_default="")
    rate_bp = whole(
        1,
        WHOLE_BP,
        required=True,
        metadata={"description": "gain for the whole time, in 1/10,000 of the locked points"},
    )
    days = whole(1, MAX_DAYS, required=True)
    min_points = whole(1, MAX_POINTS, required=True)
    max_points = whole(1, MAX_POINTS, required=True)
    per_shopper = whole(
        1, MAX_LOCKS, required=True, metadata={"description": "locks of one shopper in all"}
    )
    opens_at = Moment(required=True)
    closes_at = Moment(ends=True, required=True)
    budget = whole(1, MAX_POINTS, required=True, metadata={"description": "for all gains"})

    @ma.validates_schema
    def _fits(self, data: dict[str, Any], **_: Any) -> None:
        if data["min_points"] > data["max_points"]:
            raise ma.ValidationError("不能小于最少锁定积分", "max_points")
        if data["min_points"] * data["rate_bp"] < WHOLE_BP:
            raise ma.ValidationError("按此比例最少锁定积分得不到 1 积分奖励", "min_points")
        if data["budget"] * WHOLE_BP < data["min_points"] * data["rate_bp"]:
            raise ma.ValidationError("预算不足以奖励一次锁定", "budget")


class LockupBudgetInput(ReviewedInput):
    budget = whole(1, MAX_POINTS, required=True)


class LockupPauseInput(Schema):
    paused = StrictBoolean(required=True)


class LockupOfferCreatedSchema(Schema):
    id = Id(required=True)


class LockupOfferSchema(Schema):
    id = Id(required=True)
    name = fields.String(required=True)
    description = fields.String(required=True)
    terms = fields.String(required=True, metadata={"description": "the terms, in Chinese"})
    rate_bp = fields.Integer(required=True)
    days = fields.Integer(required=True)
    min_points = fields.Integer(required=True)
    max_points = fields.Integer(required=True)
    per_shopper = fields.Integer(required=True)
    opens_at = fields.AwareDateTime(required=True)
    closes_at = fields.AwareDateTime(required=True)
    left = fields.Integer(required=True, metadata={"description": "of the budget, unpromised"})


class LockupOffersSchema(Schema):
    items = fields.List(fields.Nested(LockupOfferSchema), required=True)


class StaffLockupOfferSchema(LockupOfferSchema):
    budget = fields.Integer(required=True)
    promised = fields.Integer(required=True, metadata={"description": "to locks that run"})
    paid = fields.Integer(required=True)
    paused = fields.Boolean(required=True)
    version = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)


StaffLockupOfferPageSchema = page_schema(StaffLockupOfferSchema)


class LockupInput(Schema):
    offer_id = Id(required=True)
    points = whole(1, MAX_POINTS, required=True)


class LockupSchema(Schema):
    id = Id(required=True)
    offer_id = Id(required=True)
    offer_name = fields.String(required=True)
    points = fields.Integer(required=True)
    gain = fields.Integer(
        required=True, metadata={"description": "points that come with the end, if not early"}
    )
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    matures_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


LockupPageSchema = page_schema(LockupSchema)


class StaffLockupSchema(LockupSchema):
    user_id = Id(required=True)


StaffLockupPageSchema = page_schema(StaffLockupSchema)


class LockupQuery(PageQuery):
    offer_id = Id()
    user_id = Id()
    status = fields.String(validate=validate.OneOf(STATUSES))
