"""Shapes of referral's reports."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields

from mall.kernel.http.paging import page_schema
from mall.kernel.http.schemas import Id, QueryInteger, QuerySchema, Schema
from mall.kernel.http.times import ShopDay
from mall.referral.reports.chains import MOST_LEVELS

MOST_WEEKS = 26


class ChainQuery(QuerySchema):
    levels = QueryInteger(at_least=1, at_most=MOST_LEVELS, load_default=3)


class AboveSchema(Schema):
    user_id = Id(required=True)
    level = fields.Integer(required=True, metadata={"description": "1: who brought the shopper"})
    bound_at = fields.AwareDateTime(required=True)


class LevelSchema(Schema):
    """Everybody who is so many levels below, and their orders under these bindings."""

    level = fields.Integer(required=True)
    shoppers = fields.Integer(required=True)
    orders = fields.Integer(required=True)
    paid_fen = fields.Integer(required=True)
    refunded_fen = fields.Integer(required=True)


class ReferralChainSchema(Schema):
    above = fields.List(fields.Nested(AboveSchema), required=True)
    levels = fields.List(fields.Nested(LevelSchema), required=True)
    depth = fields.Integer(required=True)
    shoppers = fields.Integer(required=True)
    cut = fields.Boolean(
        required=True, metadata={"description": "there are more; the nearest are counted"}
    )


class ReferralInviteeSchema(Schema):
    """Whom a shopper brought, and what came of it."""

    binding_id = Id(required=True)
    user_id = Id(required=True)
    bound_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    end_reason = fields.String(required=True, allow_none=True)
    medium = fields.String(
        required=True, allow_none=True, metadata={"description": "of the share; null: by staff"}
    )
    page_kind = fields.String(required=True, allow_none=True)
    page_id = Id(required=True, allow_none=True)
    brought = fields.Integer(required=True, metadata={"description": "whom they brought in turn"})
    orders = fields.Integer(required=True)
    paid_fen = fields.Integer(required=True)
    refunded_fen = fields.Integer(required=True)
    order_nos = fields.List(
        fields.String(), required=True, metadata={"description": "the newest, at most 20"}
    )


ReferralInviteePageSchema = page_schema(ReferralInviteeSchema)


class SpreadQuery(QuerySchema):
    """Weeks, and whose sharing: all, a channel's shoppers, or in a campaign's time."""

    first = ShopDay(required=True, metadata={"description": "a day of the first week"})
    weeks = QueryInteger(at_least=1, at_most=MOST_WEEKS, load_default=8)
    channel_id = Id()
    campaign_id = Id(metadata={"description": "a ladder campaign"})

    @ma.validates_schema
    def _one_scope(self, data: dict[str, Any], **_: Any) -> None:
        if "channel_id" in data and "campaign_id" in data:
            raise ma.ValidationError("渠道与活动只能选一个", "campaign_id")


class SpreadWeekSchema(Schema):
    """A week. Ratios are in basis points: 10,000 is one; null where there is nothing to divide."""

    week = fields.Date(required=True, metadata={"description": "its Monday"})
    sharers = fields.Integer(required=True)
    invites = fields.Integer(
        required=True, metadata={"description": "people who hadn't bought and opened a share"}
    )
    brought = fields.Integer(required=True, metadata={"description": "bound by a share"})
    invites_per_sharer_bp = fields.Integer(required=True, allow_none=True)
    conversion_bp = fields.Integer(required=True, allow_none=True)
    k_bp = fields.Integer(
        required=True, allow_none=True, metadata={"description": "brought per sharer"}
    )
    newcomers = fields.Integer(required=True)
    brought_by_newcomers = fields.Integer(
        required=True, metadata={"description": "within 28 days of coming"}
    )
    reproduction_bp = fields.Integer(required=True, allow_none=True)
    complete = fields.Boolean(
        required=True, metadata={"description": "the 28 days of its newcomers are over"}
    )
    generations = fields.Integer(
        required=True, metadata={"description": "brought by somebody who was brought before"}
    )
    generation_s = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "median time from being brought to bringing, in seconds"},
    )
    generation_p90_s = fields.Integer(required=True, allow_none=True)


class SpreadSchema(Schema):
    items = fields.List(fields.Nested(SpreadWeekSchema), required=True)
