"""Shapes of uploads."""

from __future__ import annotations

from collections.abc import Iterable
from re import Pattern
from typing import Any

from marshmallow import ValidationError, fields, validate

from mall.kernel.http.addresses import UploadName
from mall.kernel.http.schemas import Schema
from mall.uploads.names import NAME, VIDEO_NAME, address_of, is_video, thumbnail_name

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


class VideoSchema(Schema):
    """A video by its name; there is no thumbnail. It answers to Range requests."""

    name = fields.String(required=True)
    url = fields.String(required=True)


class TakenVideoSchema(VideoSchema):
    """A video that was taken."""

    width = fields.Integer(required=True)
    height = fields.Integer(required=True)
    duration_ms = fields.Integer(required=True)


def attached(names: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """What was attached to something, as its `pictures` and its `videos`."""
    found: dict[str, list[dict[str, Any]]] = {"pictures": [], "videos": []}
    for name in names:
        if is_video(name):
            found["videos"].append({"name": name, "url": address_of(name)})
        else:
            found["pictures"].append(shown(name))
    return found


def shown(name: str) -> dict[str, Any]:
    """A picture as PictureSchema shows it."""
    return {
        "name": name,
        "url": address_of(name),
        "thumbnail_url": address_of(thumbnail_name(name)),
    }


def _each_once(names: list[str]) -> None:
    if len(set(names)) != len(names):
        raise ValidationError("同一图片或视频只能使用一次")


def pictures(at_most: int) -> fields.List[str]:
    """The field for names of uploaded pictures, to be attached."""
    return _names(NAME, at_most, "图片名称无效")


def videos(at_most: int) -> fields.List[str]:
    """The field for names of uploaded videos, to be attached."""
    return _names(VIDEO_NAME, at_most, "视频名称无效")


def _names(name: Pattern[str], at_most: int, error: str) -> fields.List[str]:
    return fields.List(
        UploadName(validate=validate.Regexp(name.pattern + r"\Z", error=error)),
        load_default=list,
        validate=[validate.Length(max=at_most), _each_once],
        metadata={"description": "names (or addresses) of own uploads, not used yet"},
    )
