"""Shapes of ratings and lists of reviews."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text
from mall.reviews.ratings.facets import ALL, FILTERS, of_sku, of_tag
from mall.reviews.ratings.queries import HELPFUL, SORTS
from mall.reviews.writing.schemas import ReviewSchema
from mall.reviews.writing.settings import MAX_TAG

_ONE = ("filter", "sku_id", "tag")


class ReviewListQuery(PageQuery):
    """A list of a product's reviews: all, or narrowed in one way."""

    sort = fields.String(load_default=HELPFUL, validate=validate.OneOf(SORTS))
    filter = fields.String(validate=validate.OneOf(FILTERS))
    sku_id = Id()
    tag = Text(at_least=1, at_most=MAX_TAG)

    @ma.validates_schema
    def _one(self, data: dict[str, Any], **_: Any) -> None:
        if sum(name in data for name in _ONE) > 1:
            raise ma.ValidationError("只能按一个条件筛选", "filter")


def facet_in(query: dict[str, Any]) -> str:
    """The list that a query asks for."""
    if "sku_id" in query:
        return of_sku(query["sku_id"])
    if "tag" in query:
        return of_tag(query["tag"])
    return str(query.get("filter", ALL))


class BriefRatingSchema(Schema):
    """`count` are the approved reviews, without the defaults. `average_tenths` is of those with
    stars, 47 for 4.7; null without any."""

    count = fields.Integer(required=True)
    average_tenths = fields.Integer(required=True, allow_none=True)


class TagCountSchema(Schema):
    tag = fields.String(required=True)
    count = fields.Integer(required=True)


class RatingSchema(BriefRatingSchema):
    """What a product's reviews add up to. `defaults` are in no other figure."""

    stars = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    with_pictures = fields.Integer(required=True)
    with_video = fields.Integer(required=True)
    follow_ups = fields.Integer(required=True)
    low = fields.Integer(required=True)
    defaults = fields.Integer(required=True)
    tags = fields.List(fields.Nested(TagCountSchema), required=True)


class VoteIn(Schema):
    helpful = StrictBoolean(required=True)


class VotesSchema(Schema):
    helpful = fields.Integer(required=True)
    unhelpful = fields.Integer(required=True)


ReviewPageSchema = page_schema(ReviewSchema)
