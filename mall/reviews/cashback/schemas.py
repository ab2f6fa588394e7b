"""Shapes of cash for likes for shoppers."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.paging import page_schema
from mall.kernel.http.schemas import Id, Schema, Text
from mall.reviews.cashback.models import STATUSES
from mall.reviews.writing.schemas import ReviewSchema

MAX_DEVICE = 128
LONGEST_TOKEN = 64


class CashbackCampaignSchema(Schema):
    """What is asked for and what it brings, all of it fixed and said before anybody begins."""

    id = Id(required=True)
    name = fields.String(required=True)
    text = fields.String(required=True)
    amount_fen = fields.Integer(required=True)
    likes_needed = fields.Integer(required=True)
    days = fields.Integer(required=True, metadata={"description": "that a show runs"})
    min_pictures = fields.Integer(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    rules = fields.List(
        fields.String(), required=True, metadata={"description": "the rules in words"}
    )


class CashbackCampaignsSchema(Schema):
    items = fields.List(fields.Nested(CashbackCampaignSchema), required=True)


class BeginShowInput(Schema):
    """Which own review, in which campaign. `device` stays the same on the client's device."""

    campaign_id = Id(required=True)
    review_id = Id(required=True)
    device = Text(at_least=8, at_most=MAX_DEVICE, required=True)


class BegunSchema(Schema):
    id = Id(required=True, metadata={"description": "the page to share: kind cashback_show"})


class LikeShowInput(Schema):
    """`share` is the token by which the show was opened."""

    share = Text(at_least=1, at_most=LONGEST_TOKEN, required=True)
    device = Text(at_least=8, at_most=MAX_DEVICE, required=True)


class LikedSchema(Schema):
    likes = fields.Integer(required=True)
    needed = fields.Integer(required=True)


class CashbackShowSchema(Schema):
    """A shown review and how far it is. `reason` of a refusal is for its writer alone."""

    id = Id(required=True)
    campaign_id = Id(required=True)
    campaign = fields.String(required=True)
    review = fields.Nested(ReviewSchema, required=True, allow_none=True)
    amount_fen = fields.Integer(required=True)
    needed = fields.Integer(required=True)
    likes = fields.Integer(required=True)
    ends_at = fields.AwareDateTime(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    reached_at = fields.AwareDateTime(required=True, allow_none=True)
    hold_until = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "nothing is given before"}
    )
    reason = fields.String(required=True)
    mine = fields.Boolean(required=True)
    liked = fields.Boolean(required=True, metadata={"description": "by this shopper"})
    created_at = fields.AwareDateTime(required=True)


CashbackShowPageSchema = page_schema(CashbackShowSchema)
