"""Shapes of collages."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from mall.drawing.layouts import MOST_PHOTOS, PHOTO, CollageLayoutSchema
from mall.kernel.http.schemas import Id, Schema
from mall.reviews.collages.models import STATUSES
from mall.sharing.pages.schemas import PageSchema
from mall.sharing.pictures.schemas import DesignInput, KeptDesign
from mall.uploads.schemas import pictures


class CollageTemplateInput(DesignInput):
    layout = fields.Nested(CollageLayoutSchema, required=True)


class CollageTemplateSchema(CollageTemplateInput, KeptDesign):
    pass


class CollageTemplatesSchema(Schema):
    items = fields.List(fields.Nested(CollageTemplateSchema), required=True)


class CollagePreviewInput(Schema):
    layout = fields.Nested(CollageLayoutSchema, required=True)


class CollagePlaceSchema(Schema):
    """A place for a picture of the shopper's own, in pixels of the canvas."""

    x = fields.Integer(required=True)
    y = fields.Integer(required=True)
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)
    radius = fields.Integer(required=True)
    fit = fields.String(required=True)


class OfferedCollageSchema(Schema):
    """A design with its canvas and places, for the shopper to lay the pictures out."""

    id = Id(required=True)
    name = fields.String(required=True)
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)
    places = fields.List(fields.Nested(CollagePlaceSchema), required=True)


class OfferedCollagesSchema(Schema):
    items = fields.List(fields.Nested(OfferedCollageSchema), required=True)


class CollageInput(Schema):
    """`pictures` are names of own uploads, one for each place in its order."""

    template_id = Id(required=True)
    page = fields.Nested(PageSchema, required=True)
    pictures = pictures(MOST_PHOTOS)


class CollageSchema(Schema):
    """`url` is there once it is `ready`; while it is `waiting` or `checking` ask again in a second.
    `reason` says why it is refused, hidden or failed."""

    id = Id(required=True)
    token = fields.String(required=True, metadata={"description": "of the share in its code"})
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    url = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


def offered(design: Any) -> dict[str, Any]:
    """A design as shoppers see it."""
    layout = design.layout
    return {
        "id": design.id,
        "name": design.name,
        "width": layout["width"],
        "height": layout["height"],
        "places": [box for box in layout["boxes"] if box["kind"] == PHOTO],
    }
