"""Shapes of uploads."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate

from mall.kernel.http.schemas import Schema
from mall.uploads.names import NAME, address_of, thumbnail_name

FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary"}},
            }
        }
    },
}
"""The body of an upload, as wx.uploadFile sends it."""


class PictureSchema(Schema):
    """A picture by its name. The addresses are of this mall and need no login."""

    name = fields.String(required=True)
    url = fields.String(required=True)
    thumbnail_url = fields.String(required=True)


class TakenPictureSchema(PictureSchema):
    """A picture that was taken: its pixels, which may be fewer than were sent."""

    width = fields.Integer(required=True)
    height = fields.Integer(required=True)


def shown(name: str) -> dict[str, Any]:
    """A picture as PictureSchema shows it."""
    return {
        "name": name,
        "url": address_of(name),
        "thumbnail_url": address_of(thumbnail_name(name)),
    }


def _each_once(names: list[str]) -> None:
    if len(set(names)) != len(names):
        raise ValidationError("同一图片只能使用一次")


def pictures(at_most: int) -> fields.List[str]:
    """The field for names of uploaded pictures, to be attached."""
    return fields.List(
        fields.String(validate=validate.Regexp(NAME.pattern + r"\Z", error="图片名称无效")),
        load_default=list,
        validate=[validate.Length(max=at_most), _each_once],
        metadata={"description": "names of own uploads that are not used yet"},
    )
