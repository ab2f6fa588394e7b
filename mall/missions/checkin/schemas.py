"""Shapes of the check-in."""

from __future__ import annotations

from datetime import date
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.compliance.schemas import ReviewedInput
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, QuerySchema, Schema, Text, first_day_of, month, whole
from mall.kernel.http.times import ShopDay
from mall.missions.checkin.milestones import COUNTED, KINDS
from mall.points.settings import MAX_POINTS
from mall.rewards.schemas import RewardPartSchema

MAX_DAYS = 1_000
SHORTEST_MONTH = 28
MAX_REWARDS = 60
MAX_VERSION = 1_000_000


class PlannedRewardSchema(Schema):
    """`daily` for each day, `streak` and `total` at a number of days, `full` for all of them."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    at = whole(1, MAX_DAYS, load_default=None, allow_none=True)
    rule_id = Id(required=True)

    @ma.validates_schema
    def _fits(self, data: dict[str, Any], **_: Any) -> None:
        if (data["kind"] in COUNTED) != (data["at"] is not None):
            raise ma.ValidationError("连续与累计奖励须填天数，其他奖励不填", "at")


class CheckInPlanInSchema(ReviewedInput):
    name = Text(at_least=1, at_most=30, required=True)
    days = whole(
        1,
        MAX_DAYS,
        load_default=None,
        allow_none=True,
        metadata={"description": "length of a cycle; none means calendar months"},
    )
    rewards = fields.List(
        fields.Nested(PlannedRewardSchema),
        required=True,
        validate=validate.Length(max=MAX_REWARDS),
    )
    replaces = whole(
        0,
        MAX_VERSION,
        required=True,
        metadata={"description": "the version that was seen; 0 for the first plan"},
    )

    @ma.validates_schema
    def _reachable(self, data: dict[str, Any], **_: Any) -> None:
        longest = data["days"] or SHORTEST_MONTH
        if any((one["at"] or 0) > longest for one in data["rewards"]):
            raise ma.ValidationError("奖励天数不能超过周期（自然月至多 28 天）", "rewards")
        places = [(one["kind"], one["at"]) for one in data["rewards"]]
        if len(places) != len(set(places)):
            raise ma.ValidationError("同一天数的奖励重复", "rewards")


class ShownRewardSchema(Schema):
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    at = fields.Integer(required=True, allow_none=True)
    name = fields.String(required=True)
    reward = fields.List(fields.Nested(RewardPartSchema), required=True)


class KeptRewardSchema(ShownRewardSchema):
    """A reward with what its rule gave when the plan was made."""

    rule_id = fields.String(required=True)


class CheckInPlanSchema(Schema):
    version = fields.Integer(required=True)
    name = fields.String(required=True)
    days = fields.Integer(required=True, allow_none=True)
    rewards = fields.List(fields.Nested(KeptRewardSchema), required=True)
    created_at = fields.AwareDateTime(required=True)


CheckInPlanPageSchema = page_schema(CheckInPlanSchema)


class GivenRewardSchema(ShownRewardSchema):
    granted = fields.Boolean(required=True)
    code = fields.String(
        required=True, allow_none=True, metadata={"description": "why it wasn't granted"}
    )
    message = fields.String(required=True, allow_none=True)


class CheckInSchema(Schema):
    day = fields.Date(required=True)
    streak = fields.Integer(required=True)
    made_up = fields.Boolean(required=True)
    rewards = fields.List(fields.Nested(GivenRewardSchema), required=True)
    created_at = fields.AwareDateTime(required=True)


CheckInPageSchema = page_schema(CheckInSchema)


class CycleSchema(Schema):
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)
    checked = fields.Integer(required=True, metadata={"description": "days with a check-in"})
    best = fields.Integer(required=True, metadata={"description": "longest streak inside it"})


class CycleRewardSchema(ShownRewardSchema):
    reached = fields.Boolean(
        required=True, allow_none=True, metadata={"description": "none for a daily reward"}
    )


class MakeUpStateSchema(Schema):
    cards = fields.Integer(required=True)
    left_this_month = fields.Integer(required=True)
    from_day = fields.Date(required=True, metadata={"description": "until yesterday"})
    card_points = fields.Integer(
        required=True, allow_none=True, metadata={"description": "null: no cards are sold"}
    )
    cards_to_buy = fields.Integer(required=True, metadata={"description": "more this month"})


class CheckInStateSchema(Schema):
    today = fields.Date(required=True)
    open = fields.Boolean(required=True)
    checked_in = fields.Boolean(required=True)
    streak = fields.Integer(required=True, metadata={"description": "0 when a day was missed"})
    longest = fields.Integer(required=True)
    total = fields.Integer(required=True)
    cycle = fields.Nested(CycleSchema, required=True, allow_none=True)
    rewards = fields.List(fields.Nested(CycleRewardSchema), required=True)
    make_up = fields.Nested(MakeUpStateSchema, required=True)
    reminder_hour = fields.Integer(required=True, allow_none=True)


class MakeUpInSchema(Schema):
    day = ShopDay(required=True)


class BuyCardSchema(Schema):
    points = whole(
        1, MAX_POINTS, required=True, metadata={"description": "the price that was seen"}
    )


class ReminderSchema(Schema):
    hour = whole(0, 23, required=True, metadata={"description": "of the shop's clock"})


class CalendarQuery(QuerySchema):
    month = month()

    @ma.post_load
    def _as_day(self, data: dict[str, Any], **_: Any) -> dict[str, date | None]:
        return {"first": first_day_of(data["month"]) if "month" in data else None}


class CalendarDaySchema(Schema):
    day = fields.Date(required=True)
    streak = fields.Integer(required=True)
    made_up = fields.Boolean(required=True)


class CalendarSchema(Schema):
    month = fields.String(required=True)
    days = fields.List(fields.Nested(CalendarDaySchema), required=True)


class CheckInQuery(PageQuery):
    user_id = Id(required=True)
