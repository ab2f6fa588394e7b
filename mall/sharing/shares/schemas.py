"""Shapes of sharing."""

from __future__ import annotations

from marshmallow import fields

from mall.kernel.http.paging import PageQuery, page_schema
from mall.kernel.http.schemas import Id, Schema
from mall.sharing.pages.schemas import PageSchema


class SharedPageSchema(Schema):
    token = fields.String(
        required=True, metadata={"description": "22 characters, fit for a scene or a query"}
    )
    page = fields.Nested(PageSchema, required=True)


class OpenedPageSchema(Schema):
    page = fields.Nested(PageSchema, required=True)


class ShareSchema(Schema):
    """`opened`, `shoppers` and `orders` are what counts of it."""

    id = Id(required=True)
    token = fields.String(required=True)
    page_kind = fields.String(required=True)
    page_id = Id(required=True)
    opened = fields.Integer(required=True)
    shoppers = fields.Integer(required=True, metadata={"description": "new, by first login"})
    orders = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)


SharePageSchema = page_schema(ShareSchema)


class ShareQuery(PageQuery):
    user_id = Id(required=True)
