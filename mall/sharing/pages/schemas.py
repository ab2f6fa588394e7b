"""Shapes of pages."""

from __future__ import annotations

from marshmallow import fields

from mall.kernel.http.schemas import Id, Schema, Text

LONGEST_KIND = 32


class PageSchema(Schema):
    """A kind (`product`, `category`, `promotion`, `flash_session` …) and an id of it."""

    kind = Text(at_least=1, at_most=LONGEST_KIND, required=True)
    id = Id(required=True)


class PageInSchema(Schema):
    page = fields.Nested(PageSchema, required=True)
