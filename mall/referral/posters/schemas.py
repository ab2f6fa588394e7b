"""Shapes of posters."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.drawing.layouts import LayoutSchema
from mall.kernel.http.schemas import Id, Schema
from mall.sharing.pages.schemas import PageSchema
from mall.sharing.pictures.schemas import DesignInput, KeptDesign


class PosterTemplateInput(DesignInput):
    layout = fields.Nested(LayoutSchema, required=True)


class PosterTemplateSchema(PosterTemplateInput, KeptDesign):
    pass


class PosterTemplatesSchema(Schema):
    items = fields.List(fields.Nested(PosterTemplateSchema), required=True)


class OfferedTemplateSchema(Schema):
    id = Id(required=True)
    name = fields.String(required=True)


class OfferedTemplatesSchema(Schema):
    items = fields.List(fields.Nested(OfferedTemplateSchema), required=True)


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
