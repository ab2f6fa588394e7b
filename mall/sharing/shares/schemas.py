"""Shapes of sharing."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema
from mall.sharing.pages.schemas import PageInSchema, PageSchema
from mall.sharing.shares.opening import CARD, MEDIA


class ShareInSchema(PageInSchema):
    """`medium` is by what the share travels."""

    medium = fields.String(load_default=CARD, validate=validate.OneOf(MEDIA))


class SharedPageSchema(Schema):
    token = fields.String(
        required=True, metadata={"description": "24 characters, fit for a scene or a query"}
    )
    page = fields.Nested(PageSchema, required=True)
    path = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "for onShareAppMessage, if the kind of page has a place of its own"
        },
    )


class OpenedPageSchema(Schema):
    """An `expired` share still leads to its page; nothing counts for who shared it."""

    page = fields.Nested(PageSchema, required=True)
    expired = fields.Boolean(required=True)
    path = fields.String(required=True, allow_none=True)


class ShareSchema(Schema):
    """`opened`, `shoppers` and `orders` are what counts of it."""

    id = Id(required=True)
    token = fields.String(required=True)
    page_kind = fields.String(required=True)
    page_id = Id(required=True)
    medium = fields.String(required=True, validate=validate.OneOf(MEDIA))
    opened = fields.Integer(required=True)
    shoppers = fields.Integer(required=True, metadata={"description": "new, by first login"})
    orders = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)


SharePageSchema = page_schema(ShareSchema)


class ShareQuery(PageQuery):
    user_id = Id(required=True)
