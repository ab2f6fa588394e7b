"""Shapes of posters."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.drawing.layouts import LayoutSchema
from mall.kernel.http.schemas import Id, QuerySchema, Schema, StrictBoolean, Text
from mall.sharing.pages.schemas import LONGEST_KIND, PageSchema

MAX_NAME, MAX_KINDS = 60, 20


class PosterTemplateInput(Schema):
    name = Text(at_least=1, at_most=MAX_NAME, required=True)
    page_kinds = fields.List(
        Text(at_least=1, at_most=LONGEST_KIND),
        required=True,
        validate=validate.Length(min=1, max=MAX_KINDS),
        metadata={"description": "product, group_activity, group_team …"},
    )
    layout = fields.Nested(LayoutSchema, required=True)
    enabled = StrictBoolean(load_default=True)


class PosterTemplateSchema(PosterTemplateInput):
    id = Id(required=True)
    version = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)
    changed_at = fields.AwareDateTime(required=True)


class PosterTemplatesSchema(Schema):
    items = fields.List(fields.Nested(PosterTemplateSchema), required=True)


class OfferedTemplateSchema(Schema):
    id = Id(required=True)
    name = fields.String(required=True)


class OfferedTemplatesSchema(Schema):
    items = fields.List(fields.Nested(OfferedTemplateSchema), required=True)


class OfferedTemplateQuery(QuerySchema):
    page_kind = fields.String(required=True, validate=validate.Length(min=1, max=LONGEST_KIND))


class PreviewInput(Schema):
    layout = fields.Nested(LayoutSchema, required=True)


class PosterInput(Schema):
    template_id = Id(required=True)
    page = fields.Nested(PageSchema, required=True)


class PosterSchema(Schema):
    """`url` is there once it is `ready`; until then ask again in a second."""

    id = Id(required=True)
    token = fields.String(required=True, metadata={"description": "of the share in its code"})
    status = fields.String(required=True, validate=validate.OneOf(("waiting", "ready")))
    url = fields.String(required=True, allow_none=True)
