"""Shapes of rewards for reviews, for staff. None of them has stars: unknown fields are refused."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.compliance.schemas import ReviewedInput
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text, whole
from mall.reviews.rewarding.terms import KINDS

MOST_CHARACTERS, MOST_PICTURES = 500, 9
MAX_VERSION = 1_000_000


class ReviewRewardTermsSchema(ReviewedInput):
    rule_id = Id(required=True, metadata={"description": "the reward rule that pays"})
    text = Text(at_most=100, load_default="", metadata={"description": "what shoppers read"})
    min_characters = whole(
        0,
        MOST_CHARACTERS,
        load_default=0,
        metadata={"description": "characters that say something: not repeated, padded or pasted"},
    )
    min_pictures = whole(
        0, MOST_PICTURES, load_default=0, metadata={"description": "different ones of one's own"}
    )
    at_most = whole(
        1,
        MOST_PICTURES,
        load_default=1,
        metadata={"description": "pictures that are paid, each once; only of the kind picture"},
    )
    after_settling = StrictBoolean(
        load_default=False,
        metadata={"description": "promised on approval, given when the order is settled"},
    )


class ReviewRewardInSchema(ReviewRewardTermsSchema):
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    enabled = StrictBoolean(load_default=True)


class ReviewRewardChangeSchema(ReviewRewardTermsSchema):
    replaces = whole(
        1, MAX_VERSION, required=True, metadata={"description": "the version that was seen"}
    )


class ReviewRewardEnabledSchema(Schema):
    enabled = StrictBoolean(required=True)


class ReviewRewardSchema(Schema):
    id = Id(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    rule_id = Id(required=True)
    text = fields.String(required=True)
    min_characters = fields.Integer(required=True)
    min_pictures = fields.Integer(required=True)
    at_most = fields.Integer(required=True)
    after_settling = fields.Boolean(required=True)
    enabled = fields.Boolean(required=True)
    version = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)


class ReviewRewardListSchema(Schema):
    items = fields.List(fields.Nested(ReviewRewardSchema), required=True)


class ReviewRewardGrantQuery(PageQuery):
    review_id = Id()
    refused = fields.Boolean(
        load_default=False, metadata={"description": "only what a rule refused to give"}
    )


class ReviewRewardGrantSchema(Schema):
    """What a review got of a kind; the grant itself stands in `/admin/api/v1/reward-grants`."""

    review_id = Id(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    reward_id = Id(required=True)
    version = fields.Integer(required=True)
    times = fields.Integer(required=True)
    grant_id = Id(required=True, allow_none=True)
    status = fields.String(required=True, allow_none=True)
    attempts = fields.Integer(required=True)
    refusal = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


ReviewRewardGrantPageSchema = page_schema(ReviewRewardGrantSchema)
