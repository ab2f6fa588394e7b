"""A small copy of a picture that was drawn."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from mall.drawing.composing import QUALITY
from mall.uploads.pictures import THUMBNAIL_EDGE


def thumbnail(picture: bytes) -> bytes:
    """A JPEG whose longer edge is as that of every thumbnail."""
    with Image.open(BytesIO(picture)) as drawn:
        drawn.draft("RGB", (THUMBNAIL_EDGE, THUMBNAIL_EDGE))
        small = drawn.convert("RGB")
    small.thumbnail((THUMBNAIL_EDGE, THUMBNAIL_EDGE))
    out = BytesIO()
    small.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
