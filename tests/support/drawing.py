"""Layouts to draw by, and what was drawn."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image

from mall.drawing.layouts import CollageLayoutSchema, LayoutSchema


def box(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "x": 0, "y": 0, "width": 400, "height": 60, **more}


def layout(*boxes: dict[str, Any], code: str = "code", **more: Any) -> dict[str, Any]:
    """A canvas of 600 × 900 with these boxes, and a code below them."""
    drawn = [*boxes, box(code, x=200, y=680, width=200, height=200)]
    return {"width": 600, "height": 900, "boxes": drawn, **more}


def loaded(*boxes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A layout as the schema reads it."""
    found: dict[str, Any] = LayoutSchema().load(layout(*boxes, **more))
    return found


def loaded_collage(*boxes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A layout with places for photos as the schema reads it."""
    found: dict[str, Any] = CollageLayoutSchema().load(layout(*boxes, **more))
    return found


def plain(color: str, size: tuple[int, int] = (80, 40)) -> bytes:
    """A PNG of one colour."""
    out = BytesIO()
    Image.new("RGB", size, color).save(out, "PNG")
    return out.getvalue()


def opened(raw: bytes) -> Image.Image:
    return Image.open(BytesIO(raw)).convert("RGB")
