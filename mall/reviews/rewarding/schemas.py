"""Shapes of rewards for reviews, for shoppers."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.addresses import UploadName
from mall.kernel.http.schemas import Schema, Text, whole
from mall.reviews.rewarding.terms import KINDS, LACKS
from mall.rewards.schemas import RewardPartSchema
from mall.rewards.states import STATES

REFUSED = "refused"
MOST_TEXT, MOST_PICTURES = 2_000, 9


class ReviewRewardOfferSchema(Schema):
    """What reviews are rewarded for, whatever their stars."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    label = fields.String(required=True)
    text = fields.String(required=True)
    min_characters = fields.Integer(required=True)
    min_pictures = fields.Integer(required=True)
    at_most = fields.Integer(required=True, metadata={"description": "pictures that are paid"})
    after_settling = fields.Boolean(
        required=True, metadata={"description": "given when nothing can be returned any more"}
    )
    reward = fields.List(fields.Nested(RewardPartSchema), required=True)


class ReviewRewardOffersSchema(Schema):
    items = fields.List(fields.Nested(ReviewRewardOfferSchema), required=True)


class ReviewPreviewInSchema(Schema):
    """A review that isn't sent yet. Its stars aren't asked for: nothing depends on them."""

    order_no = Text(at_least=1, at_most=40, required=True)
    position = whole(1, 1_000, required=True, metadata={"description": "of the order's line"})
    text = Text(at_most=MOST_TEXT, load_default="")
    pictures = fields.List(
        UploadName(at_least=1),
        load_default=list,
        validate=validate.Length(max=MOST_PICTURES),
    )
    video = UploadName(at_least=1, load_default=None, allow_none=True)


class LackSchema(Schema):
    what = fields.String(required=True, validate=validate.OneOf(LACKS))
    needed = fields.Integer(required=True)
    has = fields.Integer(required=True)
    text = fields.String(required=True)


class ForeseenRewardSchema(ReviewRewardOfferSchema):
    times = fields.Integer(
        required=True, metadata={"description": "0 while something is missing; else how often"}
    )
    lacks = fields.List(fields.Nested(LackSchema), required=True)


class ReviewPreviewSchema(Schema):
    """What a review would earn when it is approved. Nothing is kept."""

    characters = fields.Integer(required=True, metadata={"description": "that say something"})
    repeated = fields.Integer(required=True, metadata={"description": "letters said before in it"})
    pasted = fields.Integer(required=True, metadata={"description": "letters of other reviews"})
    pictures = fields.Integer(
        required=True, metadata={"description": "different ones of one's own"}
    )
    rewards = fields.List(fields.Nested(ForeseenRewardSchema), required=True)


class ReviewRewardOfMineSchema(Schema):
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    label = fields.String(required=True)
    status = fields.String(
        required=True,
        validate=validate.OneOf((*STATES, REFUSED)),
        metadata={"description": "refused: earned, and tried again, since the rule gave nothing"},
    )
    times = fields.Integer(required=True)
    reward = fields.List(
        fields.Nested(RewardPartSchema),
        required=True,
        metadata={"description": "what of it is the shopper's, or will be"},
    )
    at = fields.AwareDateTime(required=True, allow_none=True)


class ReviewRewardsOfMineSchema(Schema):
    items = fields.List(fields.Nested(ReviewRewardOfMineSchema), required=True)
