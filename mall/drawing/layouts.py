"""The layout of a poster or a collage: a canvas and boxes on it. Lengths in pixels, colours as
#RRGGBB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate, validates_schema

from mall.kernel.http.addresses import UploadName
from mall.kernel.http.schemas import Schema, StrictBoolean, Text, whole
from mall.uploads.names import NAME

PICTURE, PHOTO, TITLE = "picture", "photo", "title"
PRICE, LIST_PRICE = "price", "list_price"
NICKNAME, TEXT, CODE, QR = "nickname", "text", "code", "qr"
WRITTEN = (TITLE, PRICE, LIST_PRICE, NICKNAME, TEXT)
CODES = (CODE, QR)
KINDS = (PICTURE, PHOTO, *WRITTEN, *CODES)
COVER, CONTAIN = "cover", "contain"
MOST_PHOTOS = 9
MIN_EDGE, MAX_WIDTH, MAX_HEIGHT, MAX_BOXES = 200, 1500, 3000, 30
MIN_CODE = 160
"""A smaller code can't be scanned from a phone's screen."""


def _color(default: str) -> fields.String:
    return fields.String(
        load_default=default,
        validate=validate.Regexp(r"#[0-9a-fA-F]{6}\Z", error="颜色应为 #RRGGBB"),
    )


class BoxSchema(Schema):
    """A box, and what stands in it. `text` is what a box of the kind `text` says; `{nickname}` in
    it is the sharer's name. A `photo` is a place for a picture of the shopper's own. A picture
    covers its box, or is contained in it whole (`fit`)."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    x = whole(0, MAX_WIDTH, required=True)
    y = whole(0, MAX_HEIGHT, required=True)
    width = whole(10, MAX_WIDTH, required=True)
    height = whole(10, MAX_HEIGHT, required=True)
    text = Text(at_most=100, load_default="")
    font_px = whole(12, 200, load_default=32)
    bold = StrictBoolean(load_default=False)
    color = _color("#333333")
    align = fields.String(load_default="left", validate=validate.OneOf(("left", "center", "right")))
    max_lines = whole(1, 8, load_default=1)
    radius = whole(0, 400, load_default=0)
    fit = fields.String(load_default=COVER, validate=validate.OneOf((COVER, CONTAIN)))

    @validates_schema
    def _fits(self, box: dict[str, Any], **_: Any) -> None:
        if box["kind"] == TEXT and not box["text"]:
            raise ValidationError("请填写文字", "text")
        if box["kind"] in CODES and min(box["width"], box["height"]) < MIN_CODE:
            raise ValidationError(f"二维码边长不能小于 {MIN_CODE}", "width")


class LayoutSchema(Schema):
    """A canvas with boxes, drawn in their order. `background` is the name of a picture that staff
    uploaded; it fills the canvas. A poster has no places for a shopper's own pictures."""

    PHOTOS: ClassVar[tuple[int, int]] = (0, 0)
    width = whole(MIN_EDGE, MAX_WIDTH, required=True)
    height = whole(MIN_EDGE, MAX_HEIGHT, required=True)
    color = _color("#ffffff")
    background = UploadName(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(NAME.pattern + r"\Z", error="图片名称无效"),
    )
    boxes = fields.List(
        fields.Nested(BoxSchema), required=True, validate=validate.Length(min=1, max=MAX_BOXES)
    )

    @validates_schema
    def _on_canvas(self, layout: dict[str, Any], **_: Any) -> None:
        for number, box in enumerate(layout["boxes"], 1):
            right, bottom = box["x"] + box["width"], box["y"] + box["height"]
            if right > layout["width"] or bottom > layout["height"]:
                raise ValidationError(f"第 {number} 个元素超出画布", "boxes")
        if sum(box["kind"] in CODES for box in layout["boxes"]) != 1:
            raise ValidationError("须有且只有一个二维码", "boxes")
        least, most = self.PHOTOS
        if not least <= photo_boxes(layout) <= most:
            raise ValidationError(f"顾客图片位置须为 {least} 至 {most} 个", "boxes")


class CollageLayoutSchema(LayoutSchema):
    """A layout with 1 to 9 places for the shopper's own pictures."""

    PHOTOS: ClassVar[tuple[int, int]] = (1, MOST_PHOTOS)


def photo_boxes(layout: Mapping[str, Any]) -> int:
    """How many of the shopper's own pictures a layout takes."""
    return sum(box["kind"] == PHOTO for box in layout["boxes"])
