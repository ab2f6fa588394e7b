"""Shapes of materials."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.compliance.schemas import ReviewedInput
from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema, StrictBoolean, Text, whole
from mall.uploads.schemas import PictureSchema, VideoSchema, pictures, videos

MAX_PICTURES, MAX_VIDEOS, MAX_SKUS, MAX_VERSION = 9, 3, 100, 1_000_000


class MaterialTermsSchema(ReviewedInput):
    """At least a text, a picture or a video."""

    name = Text(at_least=1, at_most=40, required=True)
    text = Text(at_most=2_000, load_default="")
    pictures = pictures(MAX_PICTURES)
    videos = videos(MAX_VIDEOS)
    sku_ids = fields.List(
        Id(),
        load_default=list,
        validate=validate.Length(max=MAX_SKUS),
        metadata={"description": "what it is about; none: the shop as a whole"},
    )

    @ma.validates_schema
    def _fits(self, data: dict[str, Any], **_: Any) -> None:
        if not (data["text"] or data["pictures"] or data["videos"]):
            raise ma.ValidationError("请填写文案，或添加图片、视频", "text")
        if len(set(data["sku_ids"])) != len(data["sku_ids"]):
            raise ma.ValidationError("商品规格重复", "sku_ids")


class MaterialInput(MaterialTermsSchema):
    enabled = StrictBoolean(load_default=True)


class MaterialChangeInput(MaterialTermsSchema):
    replaces = whole(
        1, MAX_VERSION, required=True, metadata={"description": "the version that was seen"}
    )


class MaterialEnabledInput(Schema):
    enabled = StrictBoolean(required=True)


class MaterialQuery(PageQuery):
    sku_id = Id()
    spu_id = Id(metadata={"description": "a product: any of its SKUs"})


class MaterialSummarySchema(Schema):
    """A material in the promoter's list; the whole of it comes with a download."""

    id = Id(required=True, attribute="material.id")
    name = fields.String(required=True, attribute="material.name")
    cover_url = fields.String(
        required=True, allow_none=True, metadata={"description": "the first picture, small"}
    )
    picture_count = fields.Integer(required=True)
    video_count = fields.Integer(required=True)
    sku_ids = fields.List(Id(), required=True)
    created_at = fields.AwareDateTime(required=True, attribute="material.created_at")


MaterialSummaryPageSchema = page_schema(MaterialSummarySchema)


class DownloadedMaterialSchema(MaterialSummarySchema):
    text = fields.String(required=True, attribute="material.text")
    pictures = fields.List(fields.Nested(PictureSchema), required=True)
    videos = fields.List(fields.Nested(VideoSchema), required=True)


class MaterialSchema(DownloadedMaterialSchema):
    version = fields.Integer(required=True, attribute="material.version")
    enabled = fields.Boolean(required=True, attribute="material.enabled")
    downloads = fields.Integer(required=True, attribute="material.downloads")


MaterialPageSchema = page_schema(MaterialSchema)


class MaterialDownloadSchema(Schema):
    user_id = Id(required=True)
    nickname = fields.String(required=True, allow_none=True)
    downloads = fields.Integer(required=True)
    first_at = fields.AwareDateTime(required=True)
    last_at = fields.AwareDateTime(required=True)


MaterialDownloadPageSchema = page_schema(MaterialDownloadSchema)
