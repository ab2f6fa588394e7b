"""Shapes of designs. A kind of pictures adds the layout that it takes."""

from __future__ import annotations

from marshmallow import fields, validate

from mall.kernel.http.schemas import Id, QuerySchema, Schema, StrictBoolean, Text
from mall.sharing.pages.schemas import LONGEST_KIND

MAX_NAME, MAX_KINDS = 60, 20


class DesignInput(Schema):
    """What every design has besides its layout."""

    name = Text(at_least=1, at_most=MAX_NAME, required=True)
    page_kinds = fields.List(
        Text(at_least=1, at_most=LONGEST_KIND),
        required=True,
        validate=validate.Length(min=1, max=MAX_KINDS),
        metadata={"description": "product, group_activity, group_team …"},
    )
    enabled = StrictBoolean(load_default=True)


class KeptDesign(Schema):
    """What a kept design has besides."""

    id = Id(required=True)
    version = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)
    changed_at = fields.AwareDateTime(required=True)


class OfferedDesignQuery(QuerySchema):
    page_kind = Text(required=True, at_least=1, at_most=LONGEST_KIND)
