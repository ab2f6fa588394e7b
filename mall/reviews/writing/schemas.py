"""Shapes of reviews for shoppers."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.kernel.http.addresses import PictureAddress, UploadName
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text, whole
from mall.reviews.writing.names import APPROVED, HIDDEN, PENDING, REFUSED
from mall.reviews.writing.settings import MAX_TAG
from mall.reviews.writing.terms import MAX_PICTURES, MAX_TAGS, MAX_TEXT, Terms
from mall.reviews.writing.texts import VisibleText
from mall.uploads.names import VIDEO_NAME
from mall.uploads.schemas import PictureSchema, VideoSchema, pictures


def stars() -> fields.Integer:
    """The field for stars: 1 to 5."""
    return whole(1, 5, required=True)


def _each_once(tags: list[str]) -> None:
    if len(set(tags)) != len(tags):
        raise ma.ValidationError("同一标签只能选择一次")


class ReviewIn(Schema):
    """A review as its writer sends it. Text is plain: nothing in it is markup."""

    goods_stars = stars()
    logistics_stars = stars()
    service_stars = stars()
    text = VisibleText(required=True, at_least=1, at_most=MAX_TEXT)
    pictures = pictures(MAX_PICTURES)
    video = UploadName(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(VIDEO_NAME.pattern + r"\Z", error="视频名称无效"),
        metadata={"description": "name (or address) of an own upload that is not used yet"},
    )
    anonymous = StrictBoolean(load_default=False)
    tags = fields.List(
        Text(at_least=1, at_most=MAX_TAG),
        load_default=list,
        validate=[validate.Length(max=MAX_TAGS), _each_once],
        metadata={"description": "of those that `/review-tags` offers"},
    )

    @ma.post_load
    def _as_terms(self, data: dict[str, Any], **_: Any) -> Terms:
        data["pictures"], data["tags"] = tuple(data["pictures"]), tuple(data["tags"])
        return Terms(**data)


class FollowUpIn(Schema):
    text = VisibleText(required=True, at_least=1, at_most=MAX_TEXT)
    pictures = pictures(MAX_PICTURES)


class ReviewTagsSchema(Schema):
    items = fields.List(fields.String(), required=True)


class ChanceSchema(Schema):
    """An own order line that may be reviewed."""

    order_no = fields.String(required=True)
    position = fields.Integer(required=True)
    product_id = Id(required=True)
    sku_id = Id(required=True)
    name = fields.String(required=True)
    spec_text = fields.String(required=True)
    image = PictureAddress(required=True)
    until = fields.AwareDateTime(required=True)


class FollowUpSchema(Schema):
    text = fields.String(required=True)
    pictures = fields.List(fields.Nested(PictureSchema), required=True)
    created_at = fields.AwareDateTime(required=True)


class StateSchema(Schema):
    """Where moderation is. `reason` is in Chinese."""

    status = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)


class OwnFollowUpSchema(FollowUpSchema, StateSchema):
    """An own follow-up."""


class SaidSchema(Schema):
    """What a review says. `origin` is shopper, default (nobody gave these stars) or import (of
    another shop, without stars); `trial`: the goods were free, for trying."""

    id = Id(required=True)
    product_id = Id(required=True)
    sku_id = Id(required=True, allow_none=True)
    sku_spec = fields.String(required=True)
    goods_stars = fields.Integer(required=True, allow_none=True)
    logistics_stars = fields.Integer(required=True, allow_none=True)
    service_stars = fields.Integer(required=True, allow_none=True)
    text = fields.String(required=True)
    pictures = fields.List(fields.Nested(PictureSchema), required=True)
    video = fields.Nested(VideoSchema, required=True, allow_none=True)
    tags = fields.List(fields.String(), required=True)
    origin = fields.String(required=True)
    trial = fields.Boolean(required=True)
    featured = fields.Boolean(required=True)
    helpful = fields.Integer(required=True)
    unhelpful = fields.Integer(required=True)
    reply = fields.String(required=True, allow_none=True)
    replied_at = fields.AwareDateTime(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


class OwnReviewSchema(SaidSchema, StateSchema):
    """An own review, with where moderation is."""

    anonymous = fields.Boolean(required=True)
    follow_up = fields.Nested(OwnFollowUpSchema, required=True, allow_none=True)


class WriterSchema(Schema):
    """Who wrote it, as others read it: a masked name."""

    name = fields.String(required=True)
    avatar_url = PictureAddress(required=True, allow_none=True)


class ReviewSchema(SaidSchema):
    """A review as everybody reads it."""

    writer = fields.Nested(WriterSchema, required=True)
    follow_up = fields.Nested(FollowUpSchema, required=True, allow_none=True)


class OwnReviewQuery(PageQuery):
    status = fields.String(validate=validate.OneOf((PENDING, APPROVED, REFUSED, HIDDEN)))


ChancePageSchema = page_schema(ChanceSchema)
OwnReviewPageSchema = page_schema(OwnReviewSchema)
